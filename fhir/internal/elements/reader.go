package elements

// texts are the shared texts of a table: text i is all[ends[i-1]:ends[i]], a part of the binary.
type texts struct {
	all  string
	ends []uint32
}

func (t texts) at(i uint64) string {
	var start uint32
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.all[start:t.ends[i]]
}

// reader reads a table as internal/fhirgen's encoder wrote it: unsigned varints, texts by number. The data is part of the program, so a
// fault in it is a programmer's and panics by index.
type reader struct {
	data  string
	texts texts
}

// newReader checks the magic bytes and reads the texts.
func newReader(data, magic string) *reader {
	if data[:len(magic)] != magic {
		panic("elements: the embedded table is of another version than the program: run make generate")
	}
	r := &reader{data: data[len(magic):]}
	ends := make([]uint32, r.count())
	var end uint32
	for i := range ends {
		end += uint32(r.number()) //nolint:gosec // the table is smaller than 4 GB
		ends[i] = end
	}
	r.texts = texts{all: r.take(int(end)), ends: ends}
	return r
}

func (r *reader) number() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := r.data[0]
		r.data = r.data[1:]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (r *reader) count() int   { return int(r.number()) } //nolint:gosec // counts are small
func (r *reader) text() string { return r.texts.at(r.number()) }

func (r *reader) take(n int) string {
	part := r.data[:n]
	r.data = r.data[n:]
	return part
}

func (r *reader) list() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}
