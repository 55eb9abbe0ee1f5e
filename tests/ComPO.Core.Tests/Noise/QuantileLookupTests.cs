using System.Runtime.Intrinsics.X86;
using ComPO.Core.Noise;

namespace ComPO.Core.Tests.Noise;

/// <summary>Every way to an entry gives the table's, for each of the 65,536 halves there are.</summary>
public sealed class QuantileLookupTests
{
    private static readonly ushort[] AllHalves = [.. Enumerable.Range(0, 1 << 16).Select(half => (ushort)half)];

    [Fact]
    public void A_processor_with_the_instructions_calculates_the_entries_exactly() =>
        Assert.Equal(Avx512BW.IsSupported, CalculatedQuantiles.IsExact);

    [Fact]
    public void All_entries_in_units_are_those_of_the_table()
    {
        var (seen, lookedUp) = (new short[AllHalves.Length], new short[AllHalves.Length]);
        QuantileLookup.FillUnits(AllHalves, seen);
        QuantileLookup.LookUp(AllHalves, NormalQuantileTable.Values, lookedUp);

        Assert.Equal(NormalQuantileTable.Values, seen);
        Assert.Equal(NormalQuantileTable.Values, lookedUp);
    }

    [Fact]
    public void All_entries_in_bfloat16_are_those_of_the_table_down_to_the_sign_of_zero()
    {
        var seen = new ushort[AllHalves.Length];
        QuantileLookup.FillBFloat16(AllHalves, seen);

        Assert.Equal(NormalQuantileTable.Values.ToArray().Select(units => (ushort)(BitConverter.SingleToUInt32Bits(units / 4096f) >> 16)), seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(65)]
    [InlineData(200)]
    public void Any_number_of_halves_is_filled_and_nothing_behind_them(int count)
    {
        var halves = AllHalves.AsSpan(32_700, count);
        var (units, sigmas) = (new short[count + 1], new ushort[count + 1]);
        (units[count], sigmas[count]) = (77, 77);
        QuantileLookup.FillUnits(halves, units);
        QuantileLookup.FillBFloat16(halves, sigmas);

        Assert.Equal([.. NormalQuantileTable.Values.Slice(32_700, count), (short)77], units);
        Assert.Equal([.. NormalQuantileTable.BFloat16Values.Slice(32_700, count), (ushort)77], sigmas);
    }
}
