// Package wire speaks the protocols that AWS's services of this simulator
// have: AWS JSON 1.1 (Organizations, tagging, …), AWS query with XML answers
// (STS, IAM, CloudFormation), REST JSON (Account) and REST XML (S3).
//
// [Parse] tells what a request asks for and whose key signed it, without
// checking the signature; [Answer] and [Fail] make the bytes that go back.
// [DecodeForm] reads the input of a query, [EncodeXML] writes what it gives;
// [DecodeXML] reads a document of REST XML, and a [Document] is what goes back.
package wire
