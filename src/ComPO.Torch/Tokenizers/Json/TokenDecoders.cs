using System.Globalization;
using System.Text;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>Turns tokens towards text: takes the texts of tokens and gives those of the next step.</summary>
internal delegate IReadOnlyList<string> TokenDecoder(IReadOnlyList<string> tokens);

/// <summary>The steps by which tokenizer files make text of tokens; names and rules are those of Hugging Face's tokenizers.</summary>
internal static class TokenDecoders
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Tokens one after the other.</summary>
    public static TokenDecoder Fuse { get; } = tokens => [string.Concat(tokens)];

    /// <summary>Characters that stand for bytes become those bytes' text.</summary>
    public static TokenDecoder ByteLevel { get; } = tokens => [Encoding.UTF8.GetString([.. tokens.SelectMany(ByteAlphabet.Read)])];

    /// <summary>Tokens that are written as bytes become those bytes' text.</summary>
    public static TokenDecoder ByteFallback { get; } = DecodeBytes;

    /// <summary>Tokens with a space between, as files without a decoder have it.</summary>
    public static TokenDecoder Spaced { get; } = tokens => [string.Join(' ', tokens)];

    /// <summary>One step after the other.</summary>
    public static TokenDecoder Sequence(IReadOnlyList<TokenDecoder> steps) => tokens => steps.Aggregate(tokens, (now, step) => step(now));

    /// <summary>One text in place of another in each token.</summary>
    public static TokenDecoder Replace(string pattern, string content) =>
        tokens => [.. tokens.Select(token => token.Replace(pattern, content, StringComparison.Ordinal))];

    /// <summary>At most so many of a character go from the ends of each token.</summary>
    public static TokenDecoder Strip(char content, int start, int stop) => tokens => [.. tokens.Select(token =>
    {
        var (first, last) = (0, token.Length);
        while (first < last && first < start && token[first] == content) first++;
        while (last > first && token.Length - last < stop && token[last - 1] == content) last--;
        return token[first..last];
    })];

    /// <summary>Spaces instead of a visible character, and the one in front of the first token gone.</summary>
    public static TokenDecoder Metaspace(string replacement, bool prepends) => tokens => [.. tokens.Select((token, i) =>
        (i == 0 && prepends && token.StartsWith(replacement, StringComparison.Ordinal) ? token[replacement.Length..] : token)
            .Replace(replacement, " ", StringComparison.Ordinal))];

    private static List<string> DecodeBytes(IReadOnlyList<string> tokens)
    {
        var (decoded, bytes) = (new List<string>(tokens.Count), new List<byte>());
        foreach (var token in tokens)
        {
            if (token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                continue;
            }
            Flush();
            decoded.Add(token);
        }
        Flush();
        return decoded;

        void Flush()
        {
            if (bytes.Count == 0) return;
            try
            {
                decoded.Add(StrictUtf8.GetString([.. bytes]));
            }
            catch (DecoderFallbackException)
            {
                decoded.Add(new string('\uFFFD', bytes.Count));
            }
            bytes.Clear();
        }
    }
}
