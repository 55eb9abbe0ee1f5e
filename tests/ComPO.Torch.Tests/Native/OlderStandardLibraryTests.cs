using System.Text;
using ComPO.Torch.Native;

namespace ComPO.Torch.Tests.Native;

public sealed class OlderStandardLibraryTests
{
    [Fact]
    public void The_library_is_changed_in_one_version_need_and_one_symbol_and_nowhere_else()
    {
        var original = Original();
        var patched = OlderStandardLibrary.Patch(original.ToArray());

        Assert.Equal(original.Length, patched.Length);
        // Hash and name offset of the version; name offset and version index of the symbol.
        Assert.InRange(Enumerable.Range(0, original.Length).Count(i => original[i] != patched[i]), 4, 4 + 4 + 4 + 2);
    }

    [Fact]
    public void A_library_that_does_not_need_the_patch_is_refused_not_damaged()
    {
        var patched = OlderStandardLibrary.Patch(Original());
        var again = patched.ToArray();
        Assert.Throws<BadImageFormatException>(() => OlderStandardLibrary.Patch(again));
        Assert.Equal(patched, again);
    }

    [Fact]
    public void What_is_no_such_library_is_refused()
    {
        var original = Original();
        foreach (var length in (int[])[0, 5, 60, 64, 4096, original.Length / 2])
            Assert.Throws<BadImageFormatException>(() => OlderStandardLibrary.Patch(original[..length]));
        Assert.Throws<BadImageFormatException>(() => OlderStandardLibrary.Patch(Encoding.ASCII.GetBytes(new string('x', 1000))));
        var wrongTables = original.ToArray();
        wrongTables.AsSpan(40, 8).Fill(0x7f);
        Assert.Throws<BadImageFormatException>(() => OlderStandardLibrary.Patch(wrongTables));
    }

    private static byte[] Original()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library that is patched is the one for Linux.");
        return File.ReadAllBytes(NativeLibraryFiles.Find("libLibTorchSharp.so"));
    }
}
