package world

import "fmt"

// Error is a refusal in AWS's own words: the code and Reason are those of the
// service model, the message is for people.
type Error struct {
	Code, Reason, Message string
	Region                string // of S3: where the bucket is that was asked for elsewhere
}

// Error tells the code, the Reason where there is one, and the message.
func (e *Error) Error() string {
	if e.Reason != "" {
		return e.Code + " (" + e.Reason + "): " + e.Message
	}
	return e.Code + ": " + e.Message
}

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Constraint is a ConstraintViolationException with its Reason.
func Constraint(reason, format string, args ...any) *Error {
	return &Error{Code: "ConstraintViolationException", Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Invalid is an InvalidInputException with its Reason.
func Invalid(reason, format string, args ...any) *Error {
	return &Error{Code: "InvalidInputException", Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func denied() *Error {
	return refuse("AccessDeniedException", "You don't have permissions to access this resource.")
}

func notInUse() *Error {
	return refuse("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}
