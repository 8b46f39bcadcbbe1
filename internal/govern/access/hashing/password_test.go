package hashing

import "testing"

// What is stored of a password is read back as it was made, and whatever else
// stands there is refused without hashing.
func FuzzStoredHash(f *testing.F) {
	f.Add(Parameters{Memory: 8, Time: 1, Threads: 1}.Hash("correct horse", make([]byte, SaltSize)))
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$AAAA$AAAA")
	f.Add("$argon2id$v=19$m=0,t=0,p=0$$")
	f.Add("$2a$10$bcrypt")
	f.Fuzz(func(t *testing.T, stored string) {
		p, err := Parse(stored)
		if err != nil {
			return
		}
		if p.Memory > mostMemory || p.Time > mostTime || p.Threads > mostThreads || p.Memory == 0 || p.Time == 0 || p.Threads == 0 {
			t.Errorf("%q asks for %+v", stored, p.Parameters)
		}
	})
}
