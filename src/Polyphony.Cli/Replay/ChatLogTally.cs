namespace Polyphony.Cli.Replay;

/// <summary>What a recorded chat consists of, counted as it is read.</summary>
internal sealed class ChatLogTally
{
    /// <summary>How many skipped lines are kept to be shown.</summary>
    public const int Shown = 3;

    private readonly List<ChatLine.Skipped> _firstSkipped = [];

    public long Messages { get; private set; }

    public long Events { get; private set; }

    public long Skipped { get; private set; }

    /// <summary>The first few lines that fit nothing.</summary>
    public IReadOnlyList<ChatLine.Skipped> FirstSkipped => _firstSkipped;

    public void Add(ChatLine line)
    {
        switch (line)
        {
            case ChatLine.Said:
                Messages++;
                break;
            case ChatLine.Happened:
                Events++;
                break;
            case ChatLine.Skipped skipped:
                Skipped++;
                if (_firstSkipped.Count < Shown)
                {
                    _firstSkipped.Add(skipped);
                }

                break;
        }
    }
}
