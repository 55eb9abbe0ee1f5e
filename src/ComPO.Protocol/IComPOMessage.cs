namespace ComPO.Protocol;

/// <summary>
/// What may cross the wire between nodes and consoles, and nothing else may. Messages are values: they hold no
/// reference to an actor, and each text and collection in them has a bound (<see cref="AtMostAttribute"/>).
/// </summary>
public interface IComPOMessage;
