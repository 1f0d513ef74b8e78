package dhis2test

// sharing says who may read and write a metadata object and the data of it.
type sharing struct {
	Public string            `json:"public"`
	Users  map[string]access `json:"users"`
	Groups map[string]access `json:"userGroups"`
}

// access is eight characters: metadata read and write, data read and write,
// four unused, such as "rwrw----".
type access struct {
	Access string `json:"access"`
}

// right is a place in an access text.
type right int

const (
	readMetadata right = 0
	readData     right = 2
	writeData    right = 3
)

func (r right) in(access string) bool {
	return int(r) < len(access) && access[r] == "rw"[r%2]
}

// allows tells whether a user has a right; superusers have all (dhis2.md 1.4),
// and an object without sharing is everybody's.
func (s *sharing) allows(user User, want right) bool {
	if s == nil || want.in(s.Public) || want.in(s.Users[user.UID].Access) || user.Has("ALL") {
		return true
	}
	for _, group := range user.Groups {
		if want.in(s.Groups[group].Access) {
			return true
		}
	}
	return false
}
