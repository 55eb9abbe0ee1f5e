using System.Buffers.Binary;
using System.Text;

namespace ComPO.Torch.Native;

/// <summary>
/// Makes TorchSharp's native library load where the C++ standard library is that of GCC 12 (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// It was linked with GCC 13 and asks for <c>GLIBCXX_3.4.32</c> for the sake of one symbol,
/// <c>std::ios_base_library_init()</c>: a function that is never called, whose only purpose is to make
/// the dynamic linker insist on a library that sets up the standard streams by itself. libtorch's other
/// libraries, built with older compilers, set them up in any case. So two small things change in the
/// dynamic-linking tables: the needed version becomes <c>GLIBCXX_3.4.30</c>, which the library needs
/// anyway, and the one symbol becomes a reference to a function of the library itself.
/// </remarks>
internal static class OlderStandardLibrary
{
    /// <summary>The version that the system's libstdc++ lacks.</summary>
    public const string MissingVersion = "GLIBCXX_3.4.32";

    private const string PresentVersion = "GLIBCXX_3.4.30";
    private const string MarkerSymbol = "_ZSt21ios_base_library_initv";
    private const string HarmlessSymbol = "THSTorch_get_and_reset_last_err";

    private const uint DynamicSymbols = 11, SymbolVersions = 0x6fffffff, NeededVersions = 0x6ffffffe;
    private const int SymbolSize = 24;
    private const ushort GlobalUnversioned = 1;

    /// <summary>The library's bytes with that one need replaced. Changes the array that is given and returns it.</summary>
    /// <exception cref="BadImageFormatException">The file is not laid out as the library this was written for.</exception>
    public static byte[] Patch(byte[] library)
    {
        try
        {
            Span<byte> elf = library;
            var symbols = FindSection(elf, DynamicSymbols);
            var strings = SectionAt(elf, symbols.Link);
            var index = ReplaceNeededVersion(elf, strings.Offset, FindSection(elf, NeededVersions).Offset);
            RetargetSymbol(elf, symbols, strings.Offset, FindSection(elf, SymbolVersions).Offset, index);
            return library;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new BadImageFormatException("its dynamic-linking tables point outside the file");
        }
    }

    /// <summary>Writes the hash and name of the version that is present over those of the missing one; answers the missing one's index.</summary>
    private static ushort ReplaceNeededVersion(Span<byte> elf, int strings, int entry)
    {
        (int At, ushort Index)? missing = null;
        int? present = null;
        for (var more = true; more;)
        {
            var need = elf[entry..];
            var version = entry + (int)U32(need, 8);
            for (int left = U16(need, 2); left > 0; left--)
            {
                var name = Text(elf, strings + (int)U32(elf[version..], 8));
                if (name == MissingVersion) missing = (version, U16(elf[version..], 6));
                if (name == PresentVersion) present = version;
                version += (int)U32(elf[version..], 12);
            }
            var next = (int)U32(need, 12);
            more = next != 0;
            entry += next;
        }
        if (missing is not { } from || present is not { } to)
            throw new BadImageFormatException($"it does not need {MissingVersion} and {PresentVersion} of libstdc++");

        elf.Slice(to, 4).CopyTo(elf[from.At..]);
        elf.Slice(to + 8, 4).CopyTo(elf[(from.At + 8)..]);
        return from.Index;
    }

    private static void RetargetSymbol(Span<byte> elf, Section symbols, int strings, int versions, ushort missingVersion)
    {
        int? marker = null;
        uint? harmlessName = null;
        for (var i = 0; i < symbols.Size / SymbolSize; i++)
        {
            var nameOffset = U32(elf[(symbols.Offset + i * SymbolSize)..], 0);
            var name = Text(elf, strings + (int)nameOffset);
            if (name == HarmlessSymbol) harmlessName = nameOffset;
            if ((U16(elf[(versions + 2 * i)..], 0) & 0x7fff) != missingVersion) continue;
            if (name != MarkerSymbol)
                throw new BadImageFormatException($"it needs {name} of {MissingVersion}, not only {MarkerSymbol}");
            marker = i;
        }
        if (marker is not { } found || harmlessName is not { } target)
            throw new BadImageFormatException($"it lacks the symbols {MarkerSymbol} and {HarmlessSymbol}");

        BinaryPrimitives.WriteUInt32LittleEndian(elf[(symbols.Offset + found * SymbolSize)..], target);
        BinaryPrimitives.WriteUInt16LittleEndian(elf[(versions + 2 * found)..], GlobalUnversioned);
    }

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);

    private static Section FindSection(ReadOnlySpan<byte> elf, uint type)
    {
        if (!elf.StartsWith("\u007fELF\u0002\u0001"u8)) throw new BadImageFormatException("it is not a 64-bit little-endian ELF file");
        for (var i = 0; i < U16(elf, 60); i++)
            if (SectionAt(elf, i) is var section && section.Type == type)
                return section;
        throw new BadImageFormatException($"it has no section of type {type:x}");
    }

    private static Section SectionAt(ReadOnlySpan<byte> elf, int index)
    {
        var header = elf[((int)U64(elf, 40) + index * U16(elf, 58))..];
        return new Section(U32(header, 4), (int)U64(header, 24), (int)U64(header, 32), (int)U32(header, 40));
    }

    private static string Text(ReadOnlySpan<byte> elf, int offset)
    {
        var rest = elf[offset..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
