package iampolicy

// rule is one thing that the evaluator holds to, with the page of AWS that says
// so. UG is the IAM User Guide, OG the Organizations User Guide. A test asks that
// each rule has a case of its own.
type rule struct{ name, says, source string }

const (
	pageLogic      = "UG, Policy evaluation logic"
	pageOperators  = "UG, IAM JSON policy elements: Condition operators"
	pageMulti      = "UG, Single-valued vs. multivalued context keys; Set operators for multivalued context keys"
	pageVariables  = "UG, IAM policy elements: Variables and tags"
	pagePrincipal  = "UG, AWS JSON policy elements: Principal"
	pageNot        = "UG, AWS JSON policy elements: NotPrincipal"
	pageResource   = "UG, IAM JSON policy elements: Resource"
	pageConditions = "UG, IAM JSON policy elements: Condition"
	pageSCP        = "OG, SCP evaluation"
	pageCross      = "UG, Cross-account policy evaluation logic"
	pageBoundary   = "UG, Permissions boundaries for IAM entities"
)

var rules = []rule{
	{"implicit deny", "what nothing allows is denied", pageLogic},
	{"explicit deny", "one Deny that matches beats every Allow", pageLogic},
	{"action", "letter case of actions does not count; * and ? are wildcards", "UG, IAM JSON policy elements: Action"},
	{"not action", "NotAction is every action but those", "UG, IAM JSON policy elements: NotAction"},
	{"resource", "letter case of resources counts; a wildcard stays inside its part of the ARN", pageResource},
	{"resource runs on", "a * that ends a part of an ARN goes beyond the colon", pageResource},
	{"not resource", "NotResource is every resource but those", "UG, IAM JSON policy elements: NotResource"},
	{"principal", "a user or a session is meant by its ARN, a session also by that of its role", pagePrincipal},
	{"principal account", "an account, its id or its root's ARN, is everybody in it", pagePrincipal},
	{"principal anyone", "* is everybody, who is not signed in and AWS's services too", pagePrincipal},
	{"principal service", "a service is meant by its name", pagePrincipal},
	{"principal federated", "a session of a web identity or of SAML is meant by its provider", pagePrincipal},
	{"not principal", "NotPrincipal spares who is named with account, role and session", pageNot},
	{"condition and", "operators of a block, and keys of an operator, must all hold", pageConditions},
	{"condition or", "of the values of a key one must hold; under a negated operator none may", pageConditions},
	{"several values", "without a set operator one of several values is enough, and a negated operator must hold for each", "ours: AWS leaves it open (" + pageMulti + ")"},
	{"condition keys", "letter case of condition keys does not count", pageConditions},
	{"missing", "a key that is missing fails a condition", pageOperators},
	{"missing negated", "a key that is missing meets a negated condition", pageOperators},
	{"if exists", "a key that is missing meets ...IfExists", pageOperators},
	{"null", "Null true asks that a key is missing, Null false that it is there", pageOperators},
	{"string", "strings are compared by letter; IgnoreCase without case; Like with wildcards", pageOperators},
	{"numeric", "numbers are compared as numbers, whole or not", pageOperators},
	{"date", "dates are ISO 8601 in a profile of the W3C, or seconds of the epoch", pageOperators},
	{"bool", "Bool compares true and false", pageOperators},
	{"binary", "BinaryEquals compares the bytes that base 64 stands for", pageOperators},
	{"ip", "addresses are of IPv4 or IPv6, one or a range; one alone is a range of one", pageOperators},
	{"arn", "ARN operators compare part by part, wildcards in each; Equals and Like are the same", pageOperators},
	{"for all", "ForAllValues: every value of the request must hold; none, or an empty one, holds", pageMulti},
	{"for any", "ForAnyValue: one value of the request must hold; none never holds, IfExists or not", pageMulti},
	{"variable", "a variable of version 2012-10-17 is the value of its key, wildcards in it being letters", pageVariables},
	{"variable missing", "without a value, a variable matches nothing; a negated condition holds", pageVariables},
	{"variable default", "a variable may bring its default", pageVariables},
	{"variable letters", "${*}, ${?} and ${$} are these letters", pageVariables},
	{"old version", "in version 2008-10-17 a variable is only its letters", "UG, IAM JSON policy elements: Version"},
	{"chain", "SCPs must allow at every level from the root to the account", pageSCP},
	{"boundary", "an identity has at most what its boundary allows too", pageBoundary},
	{"same account", "within an account the policy of the resource is enough where it names the principal", pageLogic},
	{"delegated", "where it names the account, the identity needs a permission too", pagePrincipal},
	{"cross account", "across accounts, the identity and the resource must both allow", pageCross},
	{"session", "a session has at most what its session policies allow too", "UG, Policies and permissions: Session policies"},
	{"root user", "the root of an account has every permission but what SCPs and resources deny", pageLogic},
}

// comparison is how an operator holds two values against each other.
type comparison byte

const (
	asString comparison = iota
	asFolded
	asPattern
	asNumber
	asDate
	asBool
	asBytes
	asAddress
	asARN
	asPresence
)

// operator is one of IAM's condition operators; all but Null may end in IfExists.
// order says how a number or a date may stand to the value of the policy: less,
// equal, greater.
type operator struct {
	name    string
	compare comparison
	order   string
	negated bool
}

// operators are those of the page "IAM JSON policy elements: Condition operators".
var operators = []operator{
	{name: "StringEquals", compare: asString},
	{name: "StringNotEquals", compare: asString, negated: true},
	{name: "StringEqualsIgnoreCase", compare: asFolded},
	{name: "StringNotEqualsIgnoreCase", compare: asFolded, negated: true},
	{name: "StringLike", compare: asPattern},
	{name: "StringNotLike", compare: asPattern, negated: true},
	{name: "NumericEquals", compare: asNumber, order: "="},
	{name: "NumericNotEquals", compare: asNumber, order: "=", negated: true},
	{name: "NumericLessThan", compare: asNumber, order: "<"},
	{name: "NumericLessThanEquals", compare: asNumber, order: "<="},
	{name: "NumericGreaterThan", compare: asNumber, order: ">"},
	{name: "NumericGreaterThanEquals", compare: asNumber, order: ">="},
	{name: "DateEquals", compare: asDate, order: "="},
	{name: "DateNotEquals", compare: asDate, order: "=", negated: true},
	{name: "DateLessThan", compare: asDate, order: "<"},
	{name: "DateLessThanEquals", compare: asDate, order: "<="},
	{name: "DateGreaterThan", compare: asDate, order: ">"},
	{name: "DateGreaterThanEquals", compare: asDate, order: ">="},
	{name: "Bool", compare: asBool},
	{name: "BinaryEquals", compare: asBytes},
	{name: "IpAddress", compare: asAddress},
	{name: "NotIpAddress", compare: asAddress, negated: true},
	{name: "ArnEquals", compare: asARN},
	{name: "ArnNotEquals", compare: asARN, negated: true},
	{name: "ArnLike", compare: asARN},
	{name: "ArnNotLike", compare: asARN, negated: true},
	{name: "Null", compare: asPresence},
}
