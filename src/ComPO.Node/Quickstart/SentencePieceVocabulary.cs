namespace ComPO.Node.Quickstart;

/// <summary>What a piece stands for; the numbers are those of SentencePiece's model format.</summary>
internal enum PieceType
{
    /// <summary>Ordinary text.</summary>
    Normal = 1,

    /// <summary>Stands for text that nothing else can spell.</summary>
    Unknown = 2,

    /// <summary>A mark such as begin-of-sequence that no text produces.</summary>
    Control = 3,

    /// <summary>One byte of UTF-8, for characters outside the vocabulary.</summary>
    Byte = 6,
}

/// <summary>One entry of a SentencePiece vocabulary; its index is its token id.</summary>
/// <param name="Text">The piece, with U+2581 for a space.</param>
/// <param name="Score">Higher scores merge first.</param>
/// <param name="Type">What the piece stands for.</param>
internal sealed record SentencePiece(string Text, float Score, PieceType Type);

/// <summary>
/// A byte-pair-encoding vocabulary in SentencePiece's layout, the one Llama models use: unknown, begin and end of
/// sequence, 256 bytes, merged pieces in the order in which they were learnt, single characters.
/// </summary>
internal sealed class SentencePieceVocabulary
{
    /// <summary>The mark that stands for a space.</summary>
    public const char Space = '\u2581';

    /// <summary>The id of the unknown piece.</summary>
    public const int UnknownId = 0;

    /// <summary>The id of the mark that begins a sequence.</summary>
    public const int BeginId = 1;

    /// <summary>The id of the mark that ends a sequence.</summary>
    public const int EndId = 2;

    /// <summary>How many pieces precede the learnt ones: three marks and the 256 bytes.</summary>
    public const int FixedPieces = 3 + 256;

    /// <summary>Lays out a vocabulary.</summary>
    /// <param name="merges">Pieces of two characters or more; the first learnt merges first.</param>
    /// <param name="characters">The single characters of the text.</param>
    public SentencePieceVocabulary(IEnumerable<string> merges, IEnumerable<string> characters)
    {
        List<SentencePiece> pieces =
        [
            new("<unk>", 0, PieceType.Unknown), new("<s>", 0, PieceType.Control), new("</s>", 0, PieceType.Control),
            .. Enumerable.Range(0, 256).Select(value => new SentencePiece($"<0x{value:X2}>", 0, PieceType.Byte)),
        ];
        foreach (var text in merges.Concat(characters))
            pieces.Add(new SentencePiece(text, -(pieces.Count - FixedPieces), PieceType.Normal));
        Pieces = pieces;
    }

    /// <summary>The pieces by token id.</summary>
    public IReadOnlyList<SentencePiece> Pieces { get; }
}
