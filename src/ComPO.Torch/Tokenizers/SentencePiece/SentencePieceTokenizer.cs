using System.Globalization;
using System.Text;
using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers.AddedTokens;

namespace ComPO.Torch.Tokenizers.SentencePiece;

/// <summary>
/// The tokenizer of a SentencePiece BPE model (Kudo and Richardson, 2018, arXiv 1808.06226), the same ids as google/sentencepiece gives.
/// Safe to use from several threads.
/// </summary>
/// <remarks>
/// Microsoft.ML.Tokenizers has one too; of neighbours that merge with equal scores it does not always take the leftmost, which
/// gives other ids for runs of equal characters (aaaa in Mistral's vocabulary, for one).
/// </remarks>
public sealed class SentencePieceTokenizer : ITextTokenizer
{
    private const char Space = '\u2581';

    private readonly SentencePieceModel _model;
    private readonly BytePairMerges _merges;
    private readonly Dictionary<string, int> _ids;
    private readonly int[] _idOfByte;
    private readonly int? _unknownId;

    private SentencePieceTokenizer(SentencePieceModel model)
    {
        _model = model;
        _merges = new BytePairMerges(model.Pieces);
        _ids = model.Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(StringComparer.Ordinal);
        _idOfByte = model.FallsBackToBytes ? [.. Enumerable.Range(0, 256).Select(value => _ids[BytePiece(value)])] : [];
        _unknownId = FirstOf(PieceKind.Unknown);
        BosId = FindControl(model.BosPiece);
        EosId = FindControl(model.EosPiece);
    }

    /// <inheritdoc/>
    public int VocabularySize => _model.Pieces.Count;

    /// <inheritdoc/>
    public int? BosId { get; init; }

    /// <inheritdoc/>
    public int? EosId { get; init; }

    /// <summary>Reads the bytes of a <c>tokenizer.model</c> file.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="file">Its content.</param>
    /// <exception cref="Core.Errors.ModelException">It is not a SentencePiece model, or of a kind that is not supported.</exception>
    public static SentencePieceTokenizer Read(string path, byte[] file) => new(SentencePieceModelReader.Read(path, file));

    /// <inheritdoc/>
    public int[] Encode(string text) => Encode(text, LeadingSpace.Each, isAtStart: true);

    /// <summary>The ids of a part of a text.</summary>
    /// <param name="text">The part.</param>
    /// <param name="leadingSpace">Which parts get the space that the model has put in front of a text.</param>
    /// <param name="isAtStart">Whether the whole begins with this part.</param>
    internal int[] Encode(string text, LeadingSpace leadingSpace, bool isAtStart)
    {
        var prepared = Prepare(text);
        if (_model.AddsDummyPrefix && prepared.Length > 0 && leadingSpace.GoesInFrontOf(prepared[0] == Space, isAtStart)) prepared = Space + prepared;
        var ids = new List<int>(prepared.Length);
        foreach (var range in _merges.Split(prepared))
        {
            var piece = prepared.AsSpan(range);
            if (_ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(piece, out var id)) ids.Add(id);
            else AddUnknown(piece, ids);
        }
        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => Decode(ids, writesControl: false);

    /// <inheritdoc/>
    public string Spell(ReadOnlySpan<int> ids) => Decode(ids, writesControl: true);

    /// <summary>The tokens that transformers looks for in a text as it stands: those that are control, those that users defined, and the one for unknown text.</summary>
    internal IEnumerable<AddedToken> AddedTokens => _model.Pieces
        .Select((piece, id) => (piece, id))
        .Where(entry => entry.piece.Kind is PieceKind.Control or PieceKind.UserDefined or PieceKind.Unknown)
        .Select(entry => new AddedToken(entry.id, entry.piece.Text, IsSpecial: entry.piece.Kind != PieceKind.UserDefined));

    /// <summary>The id of a piece, of whatever kind.</summary>
    internal int? Find(string piece) => _ids.TryGetValue(piece, out var id) ? id : null;

    /// <summary>The same tokenizer with tokens that other files add behind its pieces, in the order of their ids.</summary>
    internal SentencePieceTokenizer WithTokens(IEnumerable<AddedToken> tokens) => new(_model with
    {
        Pieces = [.. _model.Pieces, .. tokens.Select(token => new Piece(token.Content, 0, token.IsSpecial ? PieceKind.Control : PieceKind.UserDefined))],
    });

    /// <summary>The same tokenizer with the ends of a sequence that another file names.</summary>
    internal SentencePieceTokenizer WithEnds(int? bosId, int? eosId) => new(_model) { BosId = bosId, EosId = eosId };

    /// <summary>The piece of a byte: <c>&lt;0x0A&gt;</c>.</summary>
    internal static string BytePiece(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    private string Decode(ReadOnlySpan<int> ids, bool writesControl)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        var atStart = _model.AddsDummyPrefix || _model.RemovesExtraSpaces;
        foreach (var id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)VocabularySize, nameof(ids));
            var piece = _model.Pieces[id];
            if (piece.Kind == PieceKind.Byte)
            {
                bytes.Add(byte.Parse(piece.Text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                atStart = false;
                continue;
            }
            Flush(bytes, text);
            if (piece.Kind == PieceKind.Control)
            {
                if (!writesControl) continue;
                text.Append(piece.Text);
                atStart = false;
                continue;
            }
            var surface = piece.Kind == PieceKind.Unknown ? _model.UnknownSurface : piece.Text.Replace(Space, ' ');
            // The space that was put in front is not the text's own.
            text.Append(atStart && piece.Kind != PieceKind.Unknown && surface.StartsWith(' ') ? surface.AsSpan(1) : surface);
            atStart = false;
        }
        Flush(bytes, text);
        return text.ToString();
    }

    private int? FirstOf(PieceKind kind)
    {
        for (var id = 0; id < VocabularySize; id++)
            if (_model.Pieces[id].Kind == kind)
                return id;
        return null;
    }

    private int? FindControl(string piece) => Find(piece) is { } id && _model.Pieces[id].Kind == PieceKind.Control ? id : null;

    private string Prepare(string text)
    {
        var prepared = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (_model.RemovesExtraSpaces && rune.Value == ' ' && (prepared.Length == 0 || prepared[^1] == Space)) continue;
            if (rune.Value == ' ') prepared.Append(Space);
            else prepared.Append(rune);
        }
        while (_model.RemovesExtraSpaces && prepared.Length > 0 && prepared[^1] == Space) prepared.Length--;
        return prepared.ToString();
    }

    private void AddUnknown(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_model.FallsBackToBytes)
        {
            Span<byte> utf8 = stackalloc byte[4];
            foreach (var value in utf8[..Encoding.UTF8.GetBytes(piece, utf8)]) ids.Add(_idOfByte[value]);
        }
        else if (_unknownId is { } unknown && (ids.Count == 0 || ids[^1] != unknown))
        {
            ids.Add(unknown);
        }
    }

    private static void Flush(List<byte> bytes, StringBuilder text)
    {
        if (bytes.Count == 0) return;
        text.Append(Encoding.UTF8.GetString(bytes.ToArray()));
        bytes.Clear();
    }
}
