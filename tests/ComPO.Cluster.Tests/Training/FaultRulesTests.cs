using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Training;

namespace ComPO.Cluster.Tests.Training;

public sealed class FaultRulesTests
{
    [Theory]
    [InlineData(TrainerFault.Failed, 0, 1, true, FaultVerdict.GuideAnew)]
    [InlineData(TrainerFault.Failed, 0, 2, false, FaultVerdict.GuideAnew)]
    [InlineData(TrainerFault.Failed, 0, 3, true, FaultVerdict.Quarantine)]
    [InlineData(TrainerFault.Failed, 0, 3, false, FaultVerdict.EndRun)]
    [InlineData(TrainerFault.Disagrees, 1, 1, true, FaultVerdict.GuideAnew)]
    [InlineData(TrainerFault.Disagrees, 2, 2, true, FaultVerdict.Quarantine)]
    // Whoever is wrong is of no use even where nobody else is there.
    [InlineData(TrainerFault.Disagrees, 2, 3, false, FaultVerdict.Quarantine)]
    [InlineData(TrainerFault.Poisoned, 0, 1, false, FaultVerdict.Quarantine)]
    [Trait("Invariant", "5 No silent failure")]
    public void A_trainer_gets_a_few_chances_and_ends_the_run_only_where_no_other_is_left(
        object fault, int disagreements, int stumbles, bool hasOthers, object expected) =>
        Assert.Equal(expected, FaultRules.Judge((TrainerFault)fault, disagreements, stumbles, mostFailures: 3, hasOthers));
}
