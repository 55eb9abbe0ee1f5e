using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>Reads the elements of one JSON array as they are asked for, never holding more than the element asked for.</summary>
internal sealed class JsonArrayReader(StreamBuffer buffer, string name)
{
    private JsonReaderState _state;
    private int _row;
    private bool _isInside;

    /// <summary>The next element, to be disposed of; valid until the next call.</summary>
    /// <exception cref="PreferenceDataException">The array is damaged, or the element longer than <see cref="PreferenceReader.LongestRowBytes"/>.</exception>
    public JsonDocument? Read() => Next(skips: false, out var element) ? element : null;

    /// <summary>Passes over the next element; false at the end of the array.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public bool Skip() => Next(skips: true, out _);

    private bool Next(bool skips, out JsonDocument? element)
    {
        try
        {
            while (!TryNext(skips, out element))
            {
                if (buffer.HasEnded)
                    return false;
                Bound(buffer.Unread.Length);
                buffer.Fill();
            }
            _row++;
            return true;
        }
        catch (JsonException e)
        {
            throw new PreferenceDataException($"{name}, row {_row} is not JSON: {e.Message}", e);
        }
    }

    // Whether a whole element is in the buffer; if not, the next attempt begins where this one did. What ends the array is
    // read as well, so that anything after it is told.
    private bool TryNext(bool skips, out JsonDocument? element)
    {
        element = null;
        var bytes = buffer.Unread.Span;
        if (!_isInside && bytes.StartsWith("\uFEFF"u8))
        {
            buffer.Take(3);
            bytes = bytes[3..];
        }
        var reader = new Utf8JsonReader(bytes, buffer.HasEnded, _state);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray && !_isInside)
                _isInside = true;
            else if (reader.TokenType is not JsonTokenType.EndArray || reader.CurrentDepth > 0)
            {
                if (skips ? !reader.TrySkip() : !JsonDocument.TryParseValue(ref reader, out element))
                    return false;
                Keep(ref reader);
                return true;
            }
            Keep(ref reader);
            reader = new Utf8JsonReader(buffer.Unread.Span, buffer.HasEnded, _state);
        }
        return false;
    }

    private void Bound(long length)
    {
        if (length > PreferenceReader.LongestRowBytes)
            throw new PreferenceDataException($"{name}, row {_row} is longer than {PreferenceReader.LongestRowBytes >> 20} MiB: expected a JSON array of objects, one a pair.");
    }

    private void Keep(ref Utf8JsonReader reader)
    {
        Bound(reader.BytesConsumed);
        _state = reader.CurrentState;
        buffer.Take((int)reader.BytesConsumed);
    }
}
