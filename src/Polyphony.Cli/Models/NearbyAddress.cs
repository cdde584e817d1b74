using System.Net;
using System.Net.Sockets;

namespace Polyphony.Cli.Models;

/// <summary>Tells a server on this machine, or on a network of its owner's, from one somewhere in the world. By the address as it is written: no name is looked up.</summary>
internal static class NearbyAddress
{
    private static readonly string[] NearbyNames = ["localhost", "local", "lan", "internal", "home.arpa"];

    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];

    public static bool Is(Uri address)
    {
        if (!IPAddress.TryParse(address.IdnHost, out var ip))
        {
            // A name of one part is one that only this network knows.
            var host = address.IdnHost.TrimEnd('.');
            return !host.Contains('.', StringComparison.Ordinal) || NearbyNames.Any(name => host.EndsWith($".{name}", StringComparison.OrdinalIgnoreCase));
        }

        if (ip is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: true })
        {
            ip = ip.MapToIPv4();
        }

        return IPAddress.IsLoopback(ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) || Private.Any(network => network.Contains(ip));
    }
}
