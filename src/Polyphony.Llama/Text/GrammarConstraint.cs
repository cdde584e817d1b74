using System.Buffers;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Text;

/// <summary>
/// Keeps a reply within a grammar. One token is checked in microseconds; looking for all that are allowed takes many milliseconds on a large vocabulary, so a token is sampled first and checked then.
/// For one request.
/// </summary>
public sealed unsafe class GrammarConstraint : ITokenConstraint, IDisposable
{
    private readonly LlamaGrammar _grammar;
    private readonly LlamaModel _model;
    private readonly LlamaSamplerHandle _state;
    private int? _known;

    internal GrammarConstraint(LlamaGrammar grammar, LlamaModel model, LlamaSamplerHandle state) => (_grammar, _model, _state) = (grammar, model, state);

    /// <summary>Whether the text is whole and cannot be longer. Where it is whole and could be, a token that ends replies is allowed.</summary>
    public bool IsComplete { get; private set; }

    /// <inheritdoc/>
    public bool Allows(int token)
    {
        if (IsComplete || (uint)token >= (uint)_grammar.Pieces.Count)
        {
            return false;
        }

        var one = new NativeTokenData { Token = token };
        Apply(new Span<NativeTokenData>(ref one));
        var allowed = !float.IsNegativeInfinity(one.Logit);
        _known = allowed ? token : _known;
        return allowed;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The token is not allowed.</exception>
    public void Accept(int token)
    {
        // The library ends the process for a token that the grammar forbids.
        if (IsComplete || (_known != token && !Allows(token)))
        {
            throw new InvalidOperationException($"token {token} may not come next in this grammar; ask Allows first");
        }

        _known = null;
        NativeMethods.llama_sampler_accept(_state, token);
        IsComplete = _model.EndsReply(token) || (Allows(_grammar.EndOfReply) && !AllowsMore());
        _known = null;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are more or fewer logits than tokens.</exception>
    public bool Mask(Span<float> logits)
    {
        if (logits.Length != _grammar.Pieces.Count)
        {
            throw new ArgumentException($"there are {logits.Length} logits and {_grammar.Pieces.Count} tokens; give the whole row", nameof(logits));
        }

        if (IsComplete)
        {
            logits.Fill(float.NegativeInfinity);
            return false;
        }

        var rented = ArrayPool<NativeTokenData>.Shared.Rent(logits.Length);
        var count = 0;
        for (var token = 0; token < logits.Length; token++)
        {
            if (!float.IsNegativeInfinity(logits[token]))
            {
                rented[count++] = new() { Token = token, Logit = logits[token] };
            }
        }

        var candidates = rented.AsSpan(0, count);
        Apply(candidates);
        foreach (var candidate in candidates)
        {
            logits[candidate.Token] = candidate.Logit;
        }

        ArrayPool<NativeTokenData>.Shared.Return(rented);
        return logits.ContainsAnyExcept(float.NegativeInfinity);
    }

    /// <summary>Gives its place in the grammar back.</summary>
    public void Dispose() => _state.Dispose();

    // Whatever goes on begins with some byte.
    private bool AllowsMore()
    {
        var bytes = _grammar.Pieces.SingleBytes;
        Span<NativeTokenData> candidates = stackalloc NativeTokenData[Math.Min(bytes.Count, 1024)];
        for (var i = 0; i < candidates.Length; i++)
        {
            candidates[i] = new() { Token = bytes[i] };
        }

        Apply(candidates);
        foreach (var candidate in candidates)
        {
            if (!float.IsNegativeInfinity(candidate.Logit))
            {
                return true;
            }
        }

        return false;
    }

    private void Apply(Span<NativeTokenData> candidates)
    {
        fixed (NativeTokenData* first = candidates)
        {
            var array = new NativeTokenDataArray { Data = first, Count = (nuint)candidates.Length, Selected = -1 };
            NativeMethods.llama_sampler_apply(_state, &array);
        }
    }
}
