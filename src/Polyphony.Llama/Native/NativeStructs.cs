using System.Runtime.InteropServices;

namespace Polyphony.Llama.Native;

// The structs of include/llama.h of versions 0.4.0 and 0.5.0, on 64 bits: every field, in order. A test holds sizes and offsets against the header's.

/// <summary><c>llama_model_params</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeModelParams
{
    public nint Devices;
    public nint TensorBufferOverrides;
    public int GpuLayers;
    public int SplitMode;
    public int LoadMode;
    public int LazyMode;
    public int MainGpu;
    public nint TensorSplit;
    public nint ProgressCallback;
    public nint ProgressUserData;
    public nint KeyValueOverrides;
    public byte VocabOnly;
    public byte CheckTensors;
    public byte UseExtraBuffers;
    public byte NoHost;
    public byte NoAlloc;
    public byte LoadMtp;
}

/// <summary><c>llama_context_params</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeContextParams
{
    public uint ContextTokens;
    public uint BatchTokens;
    public uint MicroBatchTokens;
    public uint Sequences;
    public uint RollbackSequences;
    public uint Outputs;
    public uint OutputsPerSequence;
    public int Threads;
    public int BatchThreads;
    public int ContextType;
    public int RopeScalingType;
    public int PoolingType;
    public int AttentionType;
    public int FlashAttentionType;
    public float RopeFrequencyBase;
    public float RopeFrequencyScale;
    public float YarnExtensionFactor;
    public float YarnAttentionFactor;
    public float YarnBetaFast;
    public float YarnBetaSlow;
    public uint YarnOriginalContext;
    public float DefragThreshold;
    public nint EvaluationCallback;
    public nint EvaluationUserData;
    public int KeyType;
    public int ValueType;
    public nint AbortCallback;
    public nint AbortUserData;
    public byte Embeddings;
    public byte OffloadKqv;
    public byte NoPerformance;
    public byte OffloadOperations;
    public byte FullSlidingWindow;
    public byte UnifiedCache;
    public nint Samplers;
    public nuint SamplerCount;
    public nint OtherContext;
}

/// <summary><c>llama_batch</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBatch
{
    public int TokenCount;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public sbyte* Outputs;
}

/// <summary><c>llama_chat_message</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeChatMessage
{
    public byte* Role;
    public byte* Content;
}

/// <summary><c>llama_token_data</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeTokenData
{
    public int Token;
    public float Logit;
    public float Probability;
}

/// <summary><c>llama_token_data_array</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTokenDataArray
{
    public NativeTokenData* Data;
    public nuint Count;
    public long Selected;
    public byte Sorted;
}
