using System.Buffers.Binary;
using System.Text;
using ComPO.Core.Errors;
using ComPO.Core.Features;

namespace ComPO.Core.Tests.Features;

public sealed class PairFeaturesTests
{
    private static readonly SyntheticPair Pair = SyntheticPair.Of(1, 50, 16, 5, 4);

    [Fact]
    public void Equal_rows_are_merged_and_every_token_still_finds_its_own()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        Assert.Equal(8, features.DistinctRows);
        Assert.Equal(features.RowOfToken[0], features.RowOfToken[5]);
        for (var t = 0; t < 9; t++)
            Assert.Equal(Pair.TokenStates.AsSpan(t * 16, 16), features.Row(features.RowOfToken[t]));
        Assert.Equal((5, 4, 8), (features.ChosenCount, features.RejectedCount, features.BasisSize));
    }

    [Fact]
    public void The_basis_has_orthonormal_rows_even_when_hidden_states_depend_on_each_other()
    {
        var states = (float[])Pair.TokenStates.Clone();
        for (var i = 0; i < 16; i++)
            states[3 * 16 + i] = 2 * states[16 + i];
        states.AsSpan(4 * 16, 16).Clear();
        var features = PairFeatures.Create(states, Pair.Targets, 5, 16, PerturbationSpaceKind.Row);
        var basis = features.Basis!;
        for (var i = 0; i < features.BasisSize; i++)
            for (var j = 0; j <= i; j++)
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, 16).Sum(c => (double)basis[i * 16 + c] * basis[j * 16 + c]), 1e-6);
    }

    [Theory]
    // The hidden states alone; and as much again for the basis of their row space.
    [InlineData(PerturbationSpaceKind.Full, 4.1e6, 4.3e6)]
    [InlineData(PerturbationSpaceKind.Row, 8.3e6, 8.5e6)]
    public void A_pair_of_256_tokens_at_the_width_of_Mistral_takes_4_MB_and_twice_that_with_its_basis(PerturbationSpaceKind space, double least, double most)
    {
        var pair = SyntheticPair.Of(1, 50, 4096, 128, 128);

        var features = pair.Features(space);

        Assert.Equal(255, features.DistinctRows);
        Assert.InRange(features.Encode().Length, least, most);
    }

    [Fact]
    public void As_many_rows_as_columns_need_no_basis()
    {
        var wide = SyntheticPair.Of(2, 50, 8, 5, 5);
        Assert.Null(wide.Features(PerturbationSpaceKind.Row).Basis);
        Assert.Equal(8, wide.Features(PerturbationSpaceKind.Row).BasisSize);
        Assert.Null(Pair.Features(PerturbationSpaceKind.Full).Basis);
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Row)]
    [InlineData(PerturbationSpaceKind.Full)]
    public void Features_survive_their_bytes(PerturbationSpaceKind space)
    {
        var features = Pair.Features(space);
        var again = PairFeatures.Decode(features.Encode());
        Assert.Equal(features.HiddenStates, again.HiddenStates);
        Assert.Equal(features.RowOfToken, again.RowOfToken);
        Assert.Equal(features.Targets, again.Targets);
        Assert.Equal(features.Basis, again.Basis);
        Assert.Equal((features.ChosenCount, features.HiddenSize), (again.ChosenCount, again.HiddenSize));
        Assert.Equal(features.Digest, again.Digest);
        Assert.NotEqual(Pair.Features(PerturbationSpaceKind.Row).Digest, Pair.Features(PerturbationSpaceKind.Full).Digest);
    }

    [Fact]
    public void Bytes_cut_short_anywhere_or_one_too_long_are_refused()
    {
        var bytes = Pair.Features(PerturbationSpaceKind.Row).Encode();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<PreferenceDataException>(() => PairFeatures.Decode(bytes.AsSpan(0, length)));
        Assert.Throws<PreferenceDataException>(() => PairFeatures.Decode([.. bytes, 0]));
    }

    [Fact]
    public void A_header_with_any_byte_changed_is_refused_unless_it_tells_of_other_features()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        var bytes = features.Encode();
        var end = 8 + BinaryPrimitives.ReadInt64LittleEndian(bytes);
        for (var i = 0; i < end; i++)
            foreach (var change in new byte[] { 1, 2, 8, 0x80 })
            {
                var damaged = (byte[])bytes.Clone();
                damaged[i] ^= change;
                try
                {
                    var other = PairFeatures.Decode(damaged);
                    Assert.NotEqual(features.ChosenCount, other.ChosenCount);
                    Assert.NotEqual(features.Digest, other.Digest);
                }
                catch (PreferenceDataException)
                {
                }
            }
    }

    [Theory]
    [InlineData("\"distinct_rows\":\"8\"", "\"distinct_rows\":\"2147483647\"")]
    [InlineData("\"hidden_size\":\"16\"", "\"hidden_size\":\"2147483647\"")]
    [InlineData("\"tokens\":\"9\"", "\"tokens\":\"-9\"")]
    [InlineData("\"chosen\":\"5\"", "\"chosen\":\"9\"")]
    [InlineData("\"basis_rows\":\"8\"", "\"basis_rows\":\"7\"")]
    public void Sizes_that_cannot_be_are_refused(string said, string instead)
    {
        var bytes = Pair.Features(PerturbationSpaceKind.Row).Encode();
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.ASCII.GetString(bytes, 8, length);
        Assert.Contains(said, header, StringComparison.Ordinal);
        byte[] changed = Encoding.ASCII.GetBytes(header.Replace(said, instead, StringComparison.Ordinal));
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, changed.Length);
        Assert.Throws<PreferenceDataException>(() => PairFeatures.Decode([.. prefix, .. changed, .. bytes.AsSpan(8 + length)]));
    }

    [Fact]
    public void A_token_that_points_at_no_row_is_refused()
    {
        var features = Pair.Features(PerturbationSpaceKind.Full);
        var bytes = features.Encode();
        var rowOfToken = bytes.Length - 4 * (2 * 9);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(rowOfToken), 8);
        Assert.Throws<PreferenceDataException>(() => PairFeatures.Decode(bytes));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_hidden_state_that_is_not_finite_is_refused(float value)
    {
        var states = (float[])Pair.TokenStates.Clone();
        states[77] = value;
        Assert.Throws<ModelException>(() => PairFeatures.Create(states, Pair.Targets, 5, 16, PerturbationSpaceKind.Full));

        var bytes = Pair.Features(PerturbationSpaceKind.Row).Encode();
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bytes.Length - 4), value);
        Assert.Throws<PreferenceDataException>(() => PairFeatures.Decode(bytes));
    }

    [Fact]
    public void An_answer_without_tokens_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PairFeatures.Create(Pair.TokenStates, Pair.Targets, 0, 16, PerturbationSpaceKind.Row));
        Assert.Throws<ArgumentException>(() => PairFeatures.Create(Pair.TokenStates, Pair.Targets, 9, 16, PerturbationSpaceKind.Row));
        Assert.Throws<ArgumentException>(() => PairFeatures.Create(Pair.TokenStates, Pair.Targets, 5, 17, PerturbationSpaceKind.Row));
    }
}
