using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>What is remembered, in the form in which a prompt takes it for now.</summary>
internal static class EngramMessages
{
    public static IReadOnlyList<Message> Of(IReadOnlyList<Engram> engrams)
    {
        if (engrams.Count == 0)
        {
            return [];
        }

        var messages = new Message[engrams.Count];
        for (var i = 0; i < messages.Length; i++)
        {
            var engram = engrams[i];
            var said = engram.Origin as EngramOrigin.Said;
            messages[i] = new()
            {
                Id = said?.Message ?? new(engram.Id.ToString()),
                Seq = said?.Seq ?? 0,
                Author = said?.Author ?? engram.Owner,
                Kind = engram.Trust == EngramTrust.Person ? AuthorKind.Human : AuthorKind.Persona,
                Text = engram.Content,
                At = engram.At,
            };
        }

        return messages;
    }
}
