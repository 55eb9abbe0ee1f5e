using ComPO.Core.Errors;
using Google.Protobuf;

namespace ComPO.Torch.Tokenizers.SentencePiece;

/// <summary>Reads the protocol buffer <c>ModelProto</c> of google/sentencepiece; absent fields have the defaults of its definition.</summary>
internal static class SentencePieceModelReader
{
    private const int BytePairType = 2;

    /// <exception cref="ModelException">The bytes are no SentencePiece model, or one of a kind that is not supported.</exception>
    public static SentencePieceModel Read(string path, byte[] file)
    {
        try
        {
            var model = Parse(file);
            return Check(path, model);
        }
        catch (InvalidProtocolBufferException cause)
        {
            throw new ModelException(
                $"{path} is not a whole SentencePiece model; it may be damaged, or a vocabulary of another kind, such as tiktoken, which this version does not read.", cause);
        }
    }

    private sealed record Fields
    {
        public List<Piece> Pieces { get; } = [];
        public int ModelType { get; set; } = 1;
        public bool ByteFallback { get; set; }
        public string UnknownSurface { get; set; } = " \u2047 ";
        public string BosPiece { get; set; } = "<s>";
        public string EosPiece { get; set; } = "</s>";
        public bool HasCharacterMap { get; set; }
        public bool AddDummyPrefix { get; set; } = true;
        public bool RemoveExtraSpaces { get; set; } = true;
        public bool EscapeSpaces { get; set; } = true;
        public bool SpaceAsSuffix { get; set; }
    }

    private static Fields Parse(byte[] file)
    {
        var fields = new Fields();
        using var input = new CodedInputStream(file);
        ForEachField(input, number =>
        {
            switch (number)
            {
                case 1: Inside(input, piece => fields.Pieces.Add(ParsePiece(piece))); break;
                case 2: Inside(input, trainer => ParseTrainer(trainer, fields)); break;
                case 3: Inside(input, normalizer => ParseNormalizer(normalizer, fields)); break;
                default: input.SkipLastField(); break;
            }
        });
        return fields;
    }

    private static Piece ParsePiece(CodedInputStream input)
    {
        var (text, score, kind) = ("", 0f, PieceKind.Normal);
        ForEachField(input, number =>
        {
            switch (number)
            {
                case 1: text = input.ReadString(); break;
                case 2: score = input.ReadFloat(); break;
                case 3: kind = (PieceKind)input.ReadEnum(); break;
                default: input.SkipLastField(); break;
            }
        });
        return new Piece(text, score, kind);
    }

    private static void ParseTrainer(CodedInputStream input, Fields fields) => ForEachField(input, number =>
    {
        switch (number)
        {
            case 3: fields.ModelType = input.ReadEnum(); break;
            case 24: fields.SpaceAsSuffix = input.ReadBool(); break;
            case 35: fields.ByteFallback = input.ReadBool(); break;
            case 44: fields.UnknownSurface = input.ReadString(); break;
            case 46: fields.BosPiece = input.ReadString(); break;
            case 47: fields.EosPiece = input.ReadString(); break;
            default: input.SkipLastField(); break;
        }
    });

    private static void ParseNormalizer(CodedInputStream input, Fields fields) => ForEachField(input, number =>
    {
        switch (number)
        {
            case 2: fields.HasCharacterMap = input.ReadBytes().Length > 0; break;
            case 3: fields.AddDummyPrefix = input.ReadBool(); break;
            case 4: fields.RemoveExtraSpaces = input.ReadBool(); break;
            case 5: fields.EscapeSpaces = input.ReadBool(); break;
            default: input.SkipLastField(); break;
        }
    });

    private static void ForEachField(CodedInputStream input, Action<int> read)
    {
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag()) read(WireFormat.GetTagFieldNumber(tag));
    }

    private static void Inside(CodedInputStream input, Action<CodedInputStream> read)
    {
        using var message = input.ReadBytes().CreateCodedInput();
        read(message);
    }

    private static SentencePieceModel Check(string path, Fields fields)
    {
        if (fields.Pieces.Count == 0) throw new ModelException($"{path} has no pieces; it is not a SentencePiece model.");
        if (fields.ModelType != BytePairType)
            throw new ModelException($"{path} is a SentencePiece model of type {fields.ModelType}; this version reads type {BytePairType} (BPE), the one of the Llama family.");
        if (fields.HasCharacterMap || !fields.EscapeSpaces || fields.SpaceAsSuffix)
            throw new ModelException($"{path} normalises text with a character map or treats spaces in a way that this version does not support; an identity normaliser is expected.");
        if (fields.Pieces.GroupBy(piece => piece.Text, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ModelException($"{path} has the piece '{twice.Key}' twice.");
        var bytes = fields.Pieces.Where(piece => piece.Kind == PieceKind.Byte).Select(piece => piece.Text).ToHashSet(StringComparer.Ordinal);
        for (var value = 0; fields.ByteFallback && value < 256; value++)
            if (!bytes.Contains(SentencePieceTokenizer.BytePiece(value)))
                throw new ModelException($"{path} falls back to bytes and has no piece {SentencePieceTokenizer.BytePiece(value)}.");
        return new SentencePieceModel
        {
            Pieces = fields.Pieces,
            FallsBackToBytes = fields.ByteFallback,
            AddsDummyPrefix = fields.AddDummyPrefix,
            RemovesExtraSpaces = fields.RemoveExtraSpaces,
            UnknownSurface = fields.UnknownSurface,
            BosPiece = fields.BosPiece,
            EosPiece = fields.EosPiece,
        };
    }
}
