package resource

// The facts that planner, executor, reconcile and report know. A kind sets
// them; any other fact is the kind's own.
const (
	// FactName is what a person calls the object, where the Ref does not say it.
	FactName = "name"
	// FactPool and FactID are the pool of an account and its id there; on what is
	// in an account, that account's.
	FactPool, FactID = "pool", "my_id"
	// FactBlocked, on a desired or a live object, is the reason why nothing may
	// be done to it. It matters only where something would be.
	FactBlocked = "blocked"
	// FactRefused on a live object, where the pass tries again what AWS refused for
	// good: when AWS did, and why.
	FactRefused = "refused"
	// FactWaiting, on a desired or a live object, is the reason why AWS is not
	// ready for what would be done to it, such as a quota that is full. Like
	// FactBlocked it matters only where something would be done; the change is
	// planned, not tried, and told as waiting.
	FactWaiting = "waiting"
	// FactProtected on a live object: why nothing may delete it, unless the
	// pass allows itself that.
	FactProtected = "protected"

	// FactLifted on a live object: what would stand in [FactProtected], had nobody
	// lifted what protects the tool and the vendors.
	FactLifted = "lifted"
	// FactAbsent on a desired object: it must not be there. On a live object:
	// it is not there, and the object only carries other facts (a reason).
	FactAbsent = "absent"
	// FactExact on a live object that nobody wants: it is one of an exact list
	// and is deleted, whoever made it.
	FactExact = "exact"
	// FactSystem on a live object: AWS made it and it is nobody's: not counted.
	FactSystem = "system"
	// FactFollows on a live object: the Ref with which it is deleted.
	FactFollows = "follows"
	// FactNew on a live object: ours, and its creation has not ended, so that a
	// move ends it and does not count as one.
	FactNew = "new"
	// FactAdopt on a desired object: "true", or "own" where the mark is set too.
	FactAdopt = "adopt"
	// FactConfirm on a desired object: an update takes the object away from
	// somebody (a park), so its mark is read afresh before.
	FactConfirm = "confirm"
	// FactRemovals on a live object: how many removals its delete stands for,
	// in decimal, where that is more than one.
	FactRemovals = "removals"
	// FactAttachments on a live object: to how many nodes it is attached, in
	// decimal. Where more than its live followers, it cannot be deleted, but with
	// or after the others: FactTargets are the ids of all these nodes, apart by
	// spaces.
	FactAttachments, FactTargets = "attachments", "targets"
	// FactPolicyType is the type of a live policy.
	FactPolicyType = "policyType"
	// FactAllows on a policy or an attachment: "true" where the policy allows
	// something, "false" where it only denies; none where nobody looked.
	FactAllows = "allows"
	// FactPolicy on an attachment: the Ref of the policy.
	FactPolicy = "policy"
	// FactNode on an attachment: node and policy type, the group whose slots it
	// takes. FactSlots is how many the group has, FactMinimum how many must
	// stay (the type's own default policy counted).
	FactNode, FactSlots, FactMinimum = "node", "slots", "minimum"
	// FactCharacters is "used/limit" of a policy document, in characters.
	FactCharacters = "characters"
	// FactState and FactJoined are the state of a live account and the time it
	// joined, RFC 3339.
	FactState, FactJoined = "state", "joined"
	// FactApplied on the live organization: the commit of the last clean apply,
	// where drift is told from what a commit wants; none where nobody noted it.
	// FactApplying are the commits that were begun to be applied since, apart
	// by spaces.
	FactApplied, FactApplying = "applied", "applying"
	// FactOpen are the objects that the apply of FactApplied left to be changed.
	FactOpen = "open"
)
