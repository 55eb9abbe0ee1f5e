using System.Text;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>
/// The characters that byte-level vocabularies write bytes as (Radford et al., 2019, the code of GPT-2): a byte that is printable in
/// Latin-1 is itself, the others are the characters from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharacterOfByte = Build();

    private static readonly Dictionary<char, byte> ByteOfCharacter =
        CharacterOfByte.Select((character, value) => (character, value)).ToDictionary(pair => pair.character, pair => (byte)pair.value);

    /// <summary>All 256 characters, in the order of the bytes.</summary>
    public static ReadOnlySpan<char> Characters => CharacterOfByte;

    /// <summary>The UTF-8 bytes of a text, each written as its character.</summary>
    public static string Write(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(bytes.Length, bytes, static (characters, bytes) =>
        {
            for (var i = 0; i < bytes.Length; i++) characters[i] = CharacterOfByte[bytes[i]];
        });
    }

    /// <summary>The bytes that a token stands for; those of its text if it was not written in this alphabet.</summary>
    public static byte[] Read(string token) => token.All(ByteOfCharacter.ContainsKey)
        ? [.. token.Select(character => ByteOfCharacter[character])]
        : Encoding.UTF8.GetBytes(token);

    private static char[] Build()
    {
        var characters = new char[256];
        var next = 0x100;
        for (var value = 0; value < 256; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : (char)next++;
        return characters;
    }
}
