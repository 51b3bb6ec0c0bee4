package snapshot

// Again is what an answer becomes that is read from a file and kept once more.
func Again(f *File, a Answer) ([]byte, error) {
	out, err := f.load().give(a)
	if err != nil {
		return nil, err
	}
	return output(out)
}
