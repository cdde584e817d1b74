namespace Polyphony.Llama;

/// <summary>What a <see cref="LlamaException"/> is about. A closed set, so that a caller can tell what its remedy is.</summary>
public enum LlamaFault
{
    /// <summary>The llama.cpp library is not where it was looked for.</summary>
    EngineMissing,

    /// <summary>What is there is not a llama.cpp library that this version can talk to.</summary>
    EngineWrong,

    /// <summary>There is no file of that name, or it cannot be read.</summary>
    FileMissing,

    /// <summary>The file has 0 bytes.</summary>
    FileEmpty,

    /// <summary>The file is not GGUF, or of a version of it that is not known.</summary>
    NotGguf,

    /// <summary>The file ends before what its header promises.</summary>
    Truncated,

    /// <summary>The engine does not know the model's architecture.</summary>
    UnknownArchitecture,

    /// <summary>The engine does not know how the model's text is split into tokens.</summary>
    UnknownTokenizer,

    /// <summary>The engine refused the model for another reason, which the message repeats.</summary>
    ModelRefused,

    /// <summary>The context would not fit into the memory that is available.</summary>
    NotEnoughMemory,

    /// <summary>A sequence was asked for that the context does not have, or more sequences than one can have.</summary>
    TooManySequences,

    /// <summary>A batch has no token, more tokens than the context takes at once, or more rows of logits than it keeps.</summary>
    BatchSize,

    /// <summary>A token is not in the model's vocabulary.</summary>
    TokenOutOfRange,

    /// <summary>A token does not stand right behind the last one of its sequence.</summary>
    PositionOutOfOrder,

    /// <summary>The cache has no room for the batch. Nothing of it was taken.</summary>
    CacheFull,

    /// <summary>The engine could not decode the batch.</summary>
    DecodeFailed,

    /// <summary>The model has no template for a chat, or one that is not built into the engine, or one that would not keep what was said in its order.</summary>
    UnknownTemplate,

    /// <summary>A JSON schema uses a keyword that cannot be kept while writing, or uses one otherwise than the message says.</summary>
    SchemaUnsupported,

    /// <summary>A grammar is none that the engine reads.</summary>
    GrammarRefused,

    /// <summary>The constraint of a request let nothing be written, or failed itself.</summary>
    Constraint,

    /// <summary>The engine was disposed of.</summary>
    EngineStopped,
}
