using System.IO.Compression;
using System.Text;
using ComPO.Core.Pairs;
using ComPO.Core.Safetensors;
using ComPO.Torch.Bodies;
using ComPO.Torch.ChatTemplates;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using ComPO.Torch.Pairs.Parquet;
using ComPO.Torch.Tests.Pairs;
using ComPO.Torch.Tests.Tokenizers;
using ComPO.Torch.Tokenizers;
using ComPO.Torch.Tokenizers.Json;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tests.Fuzzing;

/// <summary>The readers of files that come from outside. A new one is one more entry here.</summary>
internal static class FuzzTargets
{
    private const string Text = "Hello, <s>wörld</s>  12 \u2581 \U0001F600\n\tab abb <|x|> y";

    private const string ByteFallbackTokenizer = """
        {"version":"1.0","truncation":null,"padding":null,
        "added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":9,"content":"ab","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"},{"type":"NFC"}]},
        "pre_tokenizer":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first","split":true},"post_processor":null,
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":true,"byte_fallback":true,"ignore_merges":false,
        "vocab":{"<s>":0,"<unk>":1,"a":2,"b":3,"bb":4,"abb":5,"\u2581":6,"<0x0A>":7,"<0xC3>":8},"merges":["b b",["a","bb"]]}}
        """;

    private const string SplittingTokenizer = """
        {"added_tokens":[{"id":4,"content":"<|x|>","special":true}],"normalizer":null,
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext","invert":false}]},
        "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
        "model":{"type":"BPE","ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2,"Hello":3},"merges":["a b"]}}
        """;

    private const string LlamaConfig = """
        {"architectures":["LlamaForCausalLM"],"attention_bias":false,"bos_token_id":128000,"eos_token_id":[128001,128009],"hidden_act":"silu","hidden_size":64,"head_dim":16,"intermediate_size":128,
        "max_position_embeddings":131072,"model_type":"llama","num_attention_heads":4,"num_hidden_layers":3,"num_key_value_heads":2,"rms_norm_eps":1e-05,
        "rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},"rope_theta":500000.0,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":512}
        """;

    private const string GemmaConfig = """
        {"architectures":["Gemma2ForCausalLM"],"attn_logit_softcapping":50.0,"final_logit_softcapping":30.0,"bos_token_id":2,"eos_token_id":1,"head_dim":32,"hidden_activation":"gelu_pytorch_tanh","hidden_size":64,
        "intermediate_size":128,"max_position_embeddings":8192,"num_attention_heads":4,"num_hidden_layers":4,"num_key_value_heads":2,"query_pre_attn_scalar":24,"sliding_window":16,"vocab_size":512,
        "layer_types":["sliding_attention","full_attention","sliding_attention","full_attention"],
        "rope_parameters":{"rope_type":"yarn","factor":4.0,"beta_fast":32,"beta_slow":1,"mscale":1.0,"mscale_all_dim":0.7}}
        """;

    private const string LongRopeConfig = """
        {"architectures":["Qwen2ForCausalLM"],"hidden_size":32,"intermediate_size":64,"max_position_embeddings":4096,"max_window_layers":1,"num_attention_heads":8,"num_hidden_layers":2,"num_key_value_heads":8,
        "rope_scaling":{"type":"longrope","short_factor":[1.0,1.1],"long_factor":[2,4.5]},"sliding_window":128,"use_sliding_window":true,"vocab_size":64,"torch_dtype":"float32"}
        """;

    private const string ProportionalConfig = """
        {"architectures":["Qwen3ForCausalLM"],"hidden_size":32,"head_dim":16,"intermediate_size":64,"max_position_embeddings":4096,"num_attention_heads":2,"num_hidden_layers":1,"num_key_value_heads":1,
        "partial_rotary_factor":0.5,"rope_parameters":{"rope_type":"proportional","partial_rotary_factor":0.25,"rope_theta":1000000.0,"factor":2},"vocab_size":64,"dtype":"float32"}
        """;

    private const string Index = """
        {"metadata":{"total_size":16},"weight_map":{"a":"model-00001-of-00002.safetensors","lm_head.weight":"model-00002-of-00002.safetensors"}}
        """;

    private const string Settings = """
        {"legacy":false,"add_prefix_space":null,"split_special_tokens":false,"added_tokens_decoder":{"1":{"content":"<s>","lstrip":false,"special":true}},"bos_token":"<s>","eos_token":{"__type":"AddedToken","content":"</s>"},"chat_template":[{"name":"default","template":"{{- bos_token }}{% for m in messages -%}\n {# why #}{{ m['content'] + \"\\n\" }}\n{%- endfor %}"},{"name":"tool_use","template":"{{ x }}"}]}
        """;

    private const string SpecialTokens = """
        {"bos_token":{"content":"<s>","lstrip":false,"normalized":false,"rstrip":false,"single_word":false},"eos_token":"</s>","unk_token":{"content":"<unk>"},"additional_special_tokens":["[ab]"]}
        """;

    private const string Lines = """
        {"prompt":"Q","chosen":"A","rejected":"B"}
        {"chosen":"Human: Q Assistant: A","rejected":"Human: Q Assistant: B"}

        {"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A\u00e9"}],"rejected":[{"role":"assistant","content":"B"}],"score_chosen":1.5}
        {"chosen":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}],"rejected":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":""}]}
        {"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"},{"from":"human","value":"R"}],"chosen":{"from":"gpt","value":"B"},"rejected":{"from":"gpt","value":"C"},"system":"S"}
        {"conversations":[{"from":"system","value":"S"},{"from":"user","value":"Q"}],"chosen":[{"from":"assistant","value":"A"},{"from":"human","value":"R"}],"rejected":[{"from":"gpt","value":""}],"system":""}
        {"conversations":[{"from":"human","value":"Q"},{"from":"function_call","value":"{}"},{"from":"observation","value":"1"}],"chosen":{"from":"gpt","value":"A"},"rejected":{"from":"gpt","value":"B"}}
        {"prompt_input_ids":[1,2,3],"chosen_input_ids":[4],"rejected_input_ids":[5,6]}
        """;

    private static readonly Func<byte[], Action<string, Action<string>>> InFolder = file => (name, read) =>
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder[name], file);
        read(folder.Path);
    };

    private static IReadOnlyList<byte[]> Safetensors { get; } = [WriteSafetensors(), Raw("""{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"__metadata__":{"format":"pt"}}   """, 16), Raw("{}", 0)];

    private static byte[] SentencePiece { get; } = SentencePieceFile.Write(
        [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), .. Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, 6)), ("\u2581", -1, 1), ("a", -2, 1), ("b", -3, 1), ("ab", -1, 5), ("abb", -2, 1), ("[ab]", 0, 4)], fallsBackToBytes: true);

    private static IReadOnlyList<byte[]> Parquets { get; } =
    [
        .. ParquetPairsTests.ForeignFiles.Select(file => File.ReadAllBytes(ParquetPairsTests.Foreign(file))),
        ParquetCopy.Of(Lines.Split('\n')[0], ParquetSharp.Compression.Uncompressed),
        ParquetCopy.Of(Lines.TrimEnd().Split('\n')[^1], ParquetSharp.Compression.Snappy),
        ParquetCopy.Of(Lines.TrimEnd().Split('\n')[^4], ParquetSharp.Compression.Snappy),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("safetensors-header", Safetensors, file => SafetensorsHeader.Parse(file), OtherRefusal: typeof(InvalidDataException)) { Repair = WriteHeaderLength },
        new("safetensors", Safetensors, file => InFolder(file)(WeightsFolder.SingleFileName, ReadAllTensors)) { Repair = WriteHeaderLength },
        new("index.json", [Utf8(Index)], file => InFolder(file)(ShardIndex.FileName, ReadAllTensors)),
        new("config.json", [Utf8(LlamaConfig), Utf8(GemmaConfig), Utf8(LongRopeConfig), Utf8(ProportionalConfig)], file => InFolder(file)(ModelConfigReader.FileName, folder => DecoderDescription.Of(ModelConfigReader.Read(folder))),
            // A config of a few bytes may ask for a few thousand layers.
            BaseBytes: 64 << 20),
        new("tokenizer.json", [Utf8(ByteFallbackTokenizer), Utf8(SplittingTokenizer)], file => EncodeAndDecode(TokenizerJsonReader.Read("tokenizer.json", file)), BaseBytes: 8 << 20),
        new("tokenizer.model", [SentencePiece, .. Published()], file =>
        {
            var pieces = SentencePieceTokenizer.Read("tokenizer.model", file);
            EncodeAndDecode(new ControlTokenTokenizer(pieces, pieces.AddedTokens, LeadingSpace.Each));
        }),
        new("tokenizer_config.json", [Utf8(Settings)], file => InFolder(file)("tokenizer_config.json", folder => ChatTemplateLoader.Load(folder))),
        new("special_tokens_map.json", [Utf8(SpecialTokens)], file => InFolder(file)("special_tokens_map.json", UseSpecialTokens)),
        new("added_tokens.json", [Utf8("""{"<|x|>":265,"[ab]":264}""")], file => InFolder(file)("added_tokens.json", UseSpecialTokens)),
        new("chat_template.jinja", [Utf8("{{- bos_token }}{% for m in messages -%}\n  {# why #}{{ m['content'] + \"\\n\" }}\n{%- endfor %}{{ 'a' + \"b\" }}")], file => InFolder(file)("chat_template.jinja", folder => ChatTemplateLoader.Load(folder))),
        new("preference-lines", [Utf8(Lines)], ReadPairs),
        new("preference-array", [Utf8($"[{string.Join(',', Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))}]")], ReadPairs),
        // Deflate makes at most 1032 bytes of one.
        new("preference-parquet", Parquets, ReadParquet, BytesPerByte: 1024 * 100),
        new("preference-gzip", [Gzip(Lines), Gzip($"[{string.Join(',', Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))}]")], ReadPairs, BytesPerByte: 1032 * 100),
    ];

    private static byte[] WriteSafetensors() => Raw("""{"lm_head.weight":{"dtype":"BF16","shape":[4,3],"data_offsets":[0,24]},"x":{"dtype":"I64","shape":[],"data_offsets":[24,32]},"empty":{"dtype":"F64","shape":[0,5],"data_offsets":[32,32]}}""", 32);

    private static byte[] Raw(string header, int dataBytes) => [.. BitConverter.GetBytes((long)header.Length), .. Utf8(header), .. Enumerable.Range(0, dataBytes).Select(value => (byte)value)];

    private static void WriteHeaderLength(byte[] file)
    {
        if (file.Length >= 8 && Array.LastIndexOf(file, (byte)'}') is >= 8 and var end) BitConverter.TryWriteBytes(file, (long)(end + 1 - 8));
    }

    private static IEnumerable<byte[]> Published()
    {
        var file = Repository.PathBeside("data", "models", "stories260K", "tok512.model");
        return File.Exists(file) ? [File.ReadAllBytes(file)] : [];
    }

    private static void ReadAllTensors(string folder)
    {
        using var weights = WeightsFolder.Open(folder);
        foreach (var (name, _) in weights.Tensors)
        {
            var (file, entry) = weights.Find(name);
            var bytes = new byte[entry.SizeBytes];
            file.Read(entry, 0, bytes);
        }
    }

    private static void UseSpecialTokens(string folder)
    {
        File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SentencePiece);
        EncodeAndDecode(TokenizerLoader.Load(folder));
        ChatTemplateLoader.Load(folder, "mistral")!.Render([new Turn("user", Text)], addsGenerationPrompt: true, "row 0");
    }

    private static void EncodeAndDecode(ITextTokenizer tokenizer)
    {
        var ids = tokenizer.Encode(Text);
        Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
        tokenizer.Decode(ids);
        tokenizer.Spell(ids);
    }

    private static void ReadPairs(byte[] file)
    {
        using var stream = new MemoryStream(file);
        Tokenize(PreferenceReader.Read(stream, "data.jsonl"));
    }

    private static void ReadParquet(byte[] file) => InFolder(file)("data.parquet", folder =>
    {
        // The native library's memory, which the runtime does not count. A test that ran before may have written a large file with it.
        var pool = ParquetSharp.MemoryPool.GetDefaultMemoryPool();
        var most = Math.Max(pool.MaxMemory, 64 << 20);
        // Damage may ask for any number of rows of nothing.
        Tokenize(ParquetPairs.Read(Path.Combine(folder, "data.parquet")).Take(10_000));
        Assert.InRange(pool.MaxMemory, 0, most);
    });

    private static void Tokenize(IEnumerable<PreferenceRow> rows)
    {
        var tokenizer = new PairTokenizer(new Lazy<ITextTokenizer>(() => SentencePieceTokenizer.Read("tokenizer.model", SentencePiece)), 512)
        {
            ChatTemplate = new Lazy<IChatTemplate?>(() => new ChatMlTemplate(null)),
        };
        foreach (var row in rows) tokenizer.Tokenize(row);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Gzip(string text)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal)) gzip.Write(Utf8(text));
        return stream.ToArray();
    }
}
