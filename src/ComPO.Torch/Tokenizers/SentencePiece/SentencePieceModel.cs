namespace ComPO.Torch.Tokenizers.SentencePiece;

/// <summary>What a piece of a SentencePiece vocabulary is for; the numbers are those of the file format.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>One entry of a vocabulary.</summary>
/// <param name="Text">Its characters, with U+2581 for a space.</param>
/// <param name="Score">The higher, the earlier two symbols are merged into it.</param>
/// <param name="Kind">What it is for.</param>
internal readonly record struct Piece(string Text, float Score, PieceKind Kind);

/// <summary>A SentencePiece model of the BPE type: its vocabulary, and how text is prepared. An id is an index into the pieces.</summary>
internal sealed record SentencePieceModel
{
    public required IReadOnlyList<Piece> Pieces { get; init; }

    /// <summary>Whether characters outside the vocabulary become their UTF-8 bytes.</summary>
    public required bool FallsBackToBytes { get; init; }

    /// <summary>Whether a space is put in front of a text.</summary>
    public required bool AddsDummyPrefix { get; init; }

    /// <summary>Whether spaces at both ends go, and of several in a row all but one.</summary>
    public required bool RemovesExtraSpaces { get; init; }

    /// <summary>What an unknown piece looks like in decoded text.</summary>
    public required string UnknownSurface { get; init; }

    public required string BosPiece { get; init; }

    public required string EosPiece { get; init; }
}
