using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Serialization;

namespace ComPO.Protocol.Serialization;

/// <summary>
/// Checks what was read before anyone sees it: nothing is null that must not be, no enum holds a number without a name, no
/// text or array is longer than its <see cref="AtMostAttribute"/> says. MemoryPack itself never allocates more than a small
/// multiple of the frame, so that checking after reading is soon enough.
/// </summary>
internal sealed class MessageGuard
{
    private static readonly ConcurrentDictionary<Type, MessageGuard> Guards = new();

    private readonly Type _type;
    private readonly Lazy<Check[]> _checks;

    private MessageGuard(Type type)
    {
        _type = type;
        _checks = new Lazy<Check[]>(() => [.. Members(type).Select(Check.Of)]);
    }

    /// <summary>The guard of a message type or of a record inside one.</summary>
    public static MessageGuard For(Type type) => Guards.GetOrAdd(type, t => new MessageGuard(t));

    /// <summary>The properties that travel.</summary>
    public static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0
                && property.GetCustomAttribute<MemoryPack.MemoryPackIgnoreAttribute>() is null);

    /// <summary>Refuses a message that breaks a bound.</summary>
    /// <exception cref="SerializationException">It does; the message says which member.</exception>
    public void Verify(object message)
    {
        foreach (var check in _checks.Value)
            check.Verify(_type, message);
    }

    private static bool IsOurRecord(Type type) => type.IsClass && type.Namespace == typeof(IComPOMessage).Namespace;

    private sealed record Check(PropertyInfo Member, bool MayBeNull, bool ElementsMayBeNull, AtMostAttribute? Bound)
    {
        public static Check Of(PropertyInfo member)
        {
            var nullability = new NullabilityInfoContext().Create(member);
            return new Check(
                member,
                nullability.WriteState == NullabilityState.Nullable || nullability.ReadState == NullabilityState.Nullable,
                nullability.ElementType?.ReadState == NullabilityState.Nullable,
                member.GetCustomAttribute<AtMostAttribute>());
        }

        public void Verify(Type type, object message)
        {
            var value = Member.GetValue(message);
            if (value is null)
            {
                if (!MayBeNull)
                    throw Refused(type, "is missing");
                return;
            }
            switch (value)
            {
                case string text when Bound is null || text.Length > Bound.Count:
                    throw Refused(type, $"has {text.Length} characters, more than {Bound?.Count ?? 0}");
                case Array array:
                    Verify(type, array);
                    break;
                case Enum number when !Enum.IsDefined(number.GetType(), number):
                    throw Refused(type, $"is the number {number}, which has no name");
                default:
                    if (IsOurRecord(value.GetType()))
                        For(value.GetType()).Verify(value);
                    break;
            }
        }

        private void Verify(Type type, Array array)
        {
            if (Bound is null || array.Length > Bound.Count)
                throw Refused(type, $"has {array.Length} elements, more than {Bound?.Count ?? 0}");
            if (array.GetType().GetElementType()!.IsValueType)
                return;
            foreach (var element in array)
            {
                if (element is null && !ElementsMayBeNull)
                    throw Refused(type, "has a missing element");
                if (element is string text && text.Length > Bound.EachCount)
                    throw Refused(type, $"has an element of {text.Length} characters, more than {Bound.EachCount}");
                if (element is not null && IsOurRecord(element.GetType()))
                    For(element.GetType()).Verify(element);
            }
        }

        private SerializationException Refused(Type type, string why) => new($"A message {type.Name} was refused: its {Member.Name} {why}.");
    }
}
