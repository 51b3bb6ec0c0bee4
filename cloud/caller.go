package cloud

// Caller is the ARN of who the session runs as, as AWS names it: a user, or the
// session of a role.
func (s *Session) Caller() string { return s.caller }
