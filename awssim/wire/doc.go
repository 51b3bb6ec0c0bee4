// Package wire speaks the protocols that AWS's services of this simulator
// have: AWS JSON 1.1 (Organizations, tagging, …), AWS query with XML answers
// (STS, IAM, CloudFormation) and REST JSON (Account).
//
// [Parse] tells what a request asks for and whose key signed it, without
// checking the signature; [Answer] and [Fail] make the bytes that go back.
// [DecodeForm] reads the input of a query, [EncodeXML] writes what it gives.
package wire
