namespace Polyphony.Sqlite;

/// <summary>What was said is found in a memory file by its room's number and its own.</summary>
internal static class EngramKeys
{
    private const int RoomShift = 40;

    public static long Said(long room, long seq) => (room << RoomShift) + seq;

    public static long Seq(long said) => said & ((1L << RoomShift) - 1);
}
