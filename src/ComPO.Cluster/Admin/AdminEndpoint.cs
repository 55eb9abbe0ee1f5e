using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Admin;

/// <summary>
/// The one actor that consoles reach, at /user/admin of each seed node. It passes requests about runs to the supervisor, wherever that is, has those
/// about this node and its cluster answered here, and answers each exactly once, if need be with the news that the supervisor did not.
/// </summary>
internal sealed class AdminEndpoint : ReceiveActor
{
    private readonly IActorRef _supervisor;

    public AdminEndpoint(IActorRef supervisor, ComPOSettings settings)
    {
        _supervisor = supervisor;
        Receive<PlanTraining>(request => Forward(request, settings.PlanTimeout));
        Receive<StartTraining>(request => Forward(request, settings.RequestTimeout));
        Receive<PauseTraining>(request => Forward(request, settings.RequestTimeout));
        Receive<ResumeTraining>(request => Forward(request, settings.RequestTimeout));
        Receive<StopTraining>(request => Forward(request, settings.RequestTimeout));
        Receive<ExportRun>(request => Forward(request, settings.RequestTimeout));
        Receive<GetRuns>(request => Forward(request, settings.RequestTimeout));
        Receive<GetLog>(request => Forward(request, settings.RequestTimeout));
        Receive<GetStatus>(request => Forward(request, settings.RequestTimeout));
        Receive<GetEvents>(request => Forward(request, settings.RequestTimeout));
        Receive<GetProgress>(request => Forward(request, settings.RequestTimeout));
        Receive<GetRunLogHead>(request => Forward(request, settings.RequestTimeout));

        var members = Context.ActorOf(MembersDesk.PropsFor(), "members");
        Receive<GetMembers>(members.Forward);
        Receive<ChangeMembership>(members.Forward);
        var (log, events) = (Context.ActorOf(LogTail.PropsFor(), "log"), Context.ActorOf(MembershipTail.PropsFor(), "events"));
        Receive<GetTail>(request => (request.Source == TailSource.Log ? log : events).Forward(request));
        Receive<GetActors>(request => Sender.Tell(ActorTree.Of((ExtendedActorSystem)Context.System, request.Depth)));
        Receive<UnknownMessage>(unknown => Sender.Tell(new RequestRefused(
            RefusalReason.UnknownRequest,
            $"The node {Akka.Cluster.Cluster.Get(Context.System).SelfAddress} is of version {ProgramVersion.Own}, which does not know the request '{unknown.Name}'.",
            (int)ExitCode.Refused)));
    }

    public static Props PropsFor(IActorRef supervisor, ComPOSettings settings) => Props.Create(() => new AdminEndpoint(supervisor, settings));

    private void Forward(IComPOMessage request, TimeSpan timeout) => _supervisor
        .Ask<IComPOMessage>(request, timeout)
        .PipeTo(Sender, Self, failure: _ => new RequestRefused(
            RefusalReason.NotReady,
            $"The supervisor did not answer within {timeout.TotalSeconds:0} seconds; it may be moving to another seed node: ask again.",
            (int)ExitCode.ClusterUnreachable));
}
