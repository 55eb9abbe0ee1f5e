using Google.Protobuf;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>Writes a SentencePiece model of the BPE type by the field numbers of google/sentencepiece's definition.</summary>
internal static class SentencePieceFile
{
    public static byte[] Write(IEnumerable<(string Text, float Score, int Kind)> pieces, int modelType = 2, bool fallsBackToBytes = false, bool removesSpaces = false, string? characterMap = null)
    {
        using var stream = new MemoryStream();
        using (var model = new CodedOutputStream(stream, leaveOpen: true))
        {
            foreach (var (text, score, kind) in pieces)
                WriteMessage(model, 1, piece =>
                {
                    piece.WriteRawTag(0x0a);
                    piece.WriteString(text);
                    piece.WriteRawTag(0x15);
                    piece.WriteFloat(score);
                    piece.WriteRawTag(0x18);
                    piece.WriteInt32(kind);
                });
            WriteMessage(model, 2, trainer =>
            {
                trainer.WriteRawTag(0x18);
                trainer.WriteInt32(modelType);
                trainer.WriteTag(35, WireFormat.WireType.Varint);
                trainer.WriteBool(fallsBackToBytes);
            });
            WriteMessage(model, 3, normalizer =>
            {
                if (characterMap is not null)
                {
                    normalizer.WriteRawTag(0x12);
                    normalizer.WriteString(characterMap);
                }
                normalizer.WriteRawTag(0x20);
                normalizer.WriteBool(removesSpaces);
            });
        }
        return stream.ToArray();
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var content = new MemoryStream();
        using (var message = new CodedOutputStream(content, leaveOpen: true)) write(message);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content.ToArray()));
    }
}
