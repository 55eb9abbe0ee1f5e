using ComPO.Cluster.Runs;
using ComPO.Core.Pairs;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Runs;

public sealed class SkippedRowListTests
{
    [Fact]
    public void A_row_comes_to_the_list_once_in_the_order_in_which_rows_are_met() =>
        Assert.Equal([Row(2), Row(1, SkipReason.ToolTurn)], SkippedRowList.Beyond([Row(7), Row(3)], [Row(3), Row(2), Row(7), Row(1, SkipReason.ToolTurn), Row(2)]));

    [Fact]
    public void A_thousand_rows_of_each_reason_are_listed_whatever_was_met_before()
    {
        var listed = Enumerable.Range(0, 998).Select(row => Row(row)).ToArray();
        var met = Enumerable.Range(990, 2000).SelectMany(row => (SkippedRow[])[Row(row), Row(10_000 + row, SkipReason.EmptyPrompt)]);

        var more = SkippedRowList.Beyond(listed, met).ToLookup(row => row.Reason, row => row.Row);

        Assert.Equal([998, 999], more[SkipReason.TooLong]);
        Assert.Equal(Enumerable.Range(10_990, 1000), more[SkipReason.EmptyPrompt]);
    }

    [Fact]
    public void A_message_has_room_for_all_of_them() => Assert.Equal(Limits.SkippedRows, Enum.GetValues<SkipReason>().Length * SkippedRowTally.MostListed);

    private static SkippedRow Row(int row, SkipReason reason = SkipReason.TooLong) => new(row, reason);
}
