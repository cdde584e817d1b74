using System.Text;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>What <c>polyphony probes tail</c> does.</summary>
internal static class TailBody
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(ProbesTailOptions options, CommandConsole console, CancellationToken cancel)
    {
        ProbeFile? file = null;
        try
        {
            file = await ProbeFile.OpenAsync(options.File, cancel);
            var tail = new Tail(options, console);
            var follows = options.Follow && file.Length is not null;
            await Task.Run(() => tail.ReadOn(file, isWhole: !follows, cancel), cancel).WaitAsync(cancel);
            if (tail.Missing is { } missing)
            {
                // Who follows may wait for somebody to come.
                await (follows ? console.Error.WriteLineAsync($"{missing.Message}; waiting") : throw missing);
            }

            while (follows)
            {
                await Task.Delay(Pause, TimeProvider.System, cancel);
                var next = file.Replacement();

                // With a next file there: what was written to this one until it was put aside.
                tail.ReadOn(file, isWhole: next is not null, cancel);
                if (next is not null)
                {
                    file.Dispose();
                    file = next;
                }
            }

            return ExitCodes.Held;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Ctrl-C is how a follower ends.
            return ExitCodes.Held;
        }
        finally
        {
            file?.Dispose();
        }
    }

    private sealed class Tail(ProbesTailOptions options, CommandConsole console)
    {
        private const int MostNames = 10_000;

        private readonly BatchedOutput _output = new(console.Output);
        private readonly TailRow _rows = new(console);
        private readonly byte[]? _persona = options.Persona is null ? null : Encoding.UTF8.GetBytes(options.Persona);
        private readonly NamedTally<Wanted> _classes = new(MostNames);
        private readonly NamedTally<Wanted> _others = new(MostNames);
        private byte[] _buffer = [];
        private bool _isThere;

        /// <summary>That the persona who was asked for is in no record, of whatever class.</summary>
        public UsageException? Missing => options.Persona is null || _isThere ? null : PersonaSilences.UnknownPersona(options.Persona, [.. _others.Names]);

        /// <summary>Prints what has come since the last time.</summary>
        public void ReadOn(ProbeFile file, bool isWhole, CancellationToken cancel)
        {
            while (file.ReadBlock(ref _buffer, isWhole) is > 0 and var length)
            {
                cancel.ThrowIfCancellationRequested();
                var block = length;
                _output.Guard(() => ProbeScan.Block(file, _buffer.AsSpan(0, block), Print));
                _output.Flush();
            }
        }

        private bool Print(ProbeLine line)
        {
            if (IsOfPersona(line) && IsWanted(line.Class))
            {
                _output.WriteLine(options.Json ? Encoding.UTF8.GetString(line.Json) : _rows.Of(ProbeRecord.Of(line)));
            }

            return true;
        }

        private bool IsOfPersona(ProbeLine line)
        {
            if (_persona is null || line.Persona.SequenceEqual(_persona))
            {
                _isThere = true;
                return true;
            }

            if (!_isThere && !line.Persona.IsEmpty)
            {
                _others.Of(line.Persona);
            }

            return false;
        }

        private bool IsWanted(ReadOnlySpan<byte> name)
        {
            var wanted = _classes.Of(name);
            return wanted.Is ??= options.Classes.Matches(Encoding.UTF8.GetString(name));
        }
    }

    /// <summary>Whether a class is wanted, once that is known.</summary>
    private sealed class Wanted
    {
        public bool? Is { get; set; }
    }
}
