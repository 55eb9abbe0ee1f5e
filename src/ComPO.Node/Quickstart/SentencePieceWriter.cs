using Google.Protobuf;

namespace ComPO.Node.Quickstart;

/// <summary>
/// Writes a vocabulary as a SentencePiece <c>tokenizer.model</c>: the protocol-buffer message <c>ModelProto</c> of
/// Google's sentencepiece_model.proto, whose field numbers stand below.
/// </summary>
internal static class SentencePieceWriter
{
    private const int ModelPiece = 1;
    private const int ModelTrainer = 2;
    private const int ModelNormalizer = 3;

    private const int PieceText = 1;
    private const int PieceScore = 2;
    private const int PieceKind = 3;

    private const int TrainerModelType = 3;
    private const int TrainerVocabularySize = 4;
    private const int TrainerByteFallback = 35;
    private const int TrainerUnknownId = 40;
    private const int TrainerBeginId = 41;
    private const int TrainerEndId = 42;
    private const int TrainerPadId = 43;
    private const int BytePairEncoding = 2;

    private const int NormalizerName = 1;
    private const int NormalizerAddDummyPrefix = 3;
    private const int NormalizerRemoveExtraSpaces = 4;
    private const int NormalizerEscapeSpaces = 5;

    /// <summary>Writes the vocabulary, with Llama's rules: a space in front of each text, no other change to it.</summary>
    public static void Write(SentencePieceVocabulary vocabulary, Stream stream)
    {
        using var model = new CodedOutputStream(stream, leaveOpen: true);
        foreach (var piece in vocabulary.Pieces)
        {
            WriteMessage(model, ModelPiece, message =>
            {
                WriteString(message, PieceText, piece.Text);
                message.WriteTag(PieceScore, WireFormat.WireType.Fixed32);
                message.WriteFloat(piece.Score);
                WriteNumber(message, PieceKind, (int)piece.Type);
            });
        }
        WriteMessage(model, ModelTrainer, message =>
        {
            WriteNumber(message, TrainerModelType, BytePairEncoding);
            WriteNumber(message, TrainerVocabularySize, vocabulary.Pieces.Count);
            WriteNumber(message, TrainerByteFallback, 1);
            WriteNumber(message, TrainerUnknownId, SentencePieceVocabulary.UnknownId);
            WriteNumber(message, TrainerBeginId, SentencePieceVocabulary.BeginId);
            WriteNumber(message, TrainerEndId, SentencePieceVocabulary.EndId);
            WriteNumber(message, TrainerPadId, -1);
        });
        WriteMessage(model, ModelNormalizer, message =>
        {
            WriteString(message, NormalizerName, "identity");
            WriteNumber(message, NormalizerAddDummyPrefix, 1);
            WriteNumber(message, NormalizerRemoveExtraSpaces, 0);
            WriteNumber(message, NormalizerEscapeSpaces, 1);
        });
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var content = new MemoryStream();
        using (var message = new CodedOutputStream(content, leaveOpen: true))
            write(message);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content.GetBuffer(), 0, (int)content.Length));
    }

    private static void WriteString(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    private static void WriteNumber(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }
}
