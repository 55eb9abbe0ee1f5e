using ComPO.Core.Noise;

namespace ComPO.Core.Tests.Noise;

public sealed class Philox4x32Tests
{
    // The known answers of Random123, the authors' own library (kat_vectors, philox4x32 10).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void The_published_known_answers_come_out(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox4x32.Words(c0, c1, c2, c3, k0, k1));

    [Theory]
    [InlineData(0UL, 0u, 0u, 0u)]
    [InlineData(0x0FFF_FFFFUL, 7u, 1u, 2u)]
    [InlineData(0x1000_0000UL, uint.MaxValue, uint.MaxValue, uint.MaxValue)]
    [InlineData(0x1234_5678_9ABUL, 1799u, 0xDEADBEEFu, 99u)]
    public void Vectors_of_any_width_give_the_bits_of_plain_code(ulong tile, uint perturbation, uint seed, uint iteration)
    {
        var key = new NoiseKey(seed, iteration);
        var (plain, of256, of512) = (new uint[64], new uint[64], new uint[64]);
        PhiloxTile.FillPortable(tile, perturbation, key, plain);
        PhiloxTile.FillVector256(tile, perturbation, key, of256);
        PhiloxTile.FillVector512(tile, perturbation, key, of512);
        Assert.Equal(plain, of256);
        Assert.Equal(plain, of512);
    }
}
