package scan

// text checks the string whose opening quote is at i.
func (c *checker) text(i int) int {
	for i++; i < len(c.data); i++ {
		switch b := c.data[i]; {
		case b == '"':
			return i + 1
		case b == '\\':
			if i = c.escape(i); c.fault != nil {
				return len(c.data)
			}
		case b < 0x20:
			return c.fail(i, "a control character in a string is not escaped")
		}
	}
	return c.unexpected(i, "the end of a string")
}

// escape checks the escape sequence at i and returns the offset of its last byte.
func (c *checker) escape(i int) int {
	if i+1 >= len(c.data) {
		return c.unexpected(len(c.data), "the end of a string")
	}
	switch c.data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(c.data) || !isHex(c.data[k]) {
				return c.fail(i, "a string holds an unknown escape sequence")
			}
		}
		return i + 5
	default:
		return c.fail(i, "a string holds an unknown escape sequence")
	}
}

// number checks the number at i: RFC 8259, section 6.
func (c *checker) number(i int) int {
	start := i
	if c.data[i] == '-' {
		i++
	}
	whole := c.digits(i)
	if whole == i || (c.data[i] == '0' && whole > i+1) {
		return c.fail(start, "a number is malformed")
	}
	i = whole
	if i < len(c.data) && c.data[i] == '.' {
		end := c.digits(i + 1)
		if end == i+1 {
			return c.fail(start, "a number is malformed")
		}
		i = end
	}
	if i < len(c.data) && (c.data[i] == 'e' || c.data[i] == 'E') {
		i++
		if i < len(c.data) && (c.data[i] == '+' || c.data[i] == '-') {
			i++
		}
		end := c.digits(i)
		if end == i {
			return c.fail(start, "a number is malformed")
		}
		i = end
	}
	return i
}

func (c *checker) digits(i int) int {
	for i < len(c.data) && isDigit(c.data[i]) {
		i++
	}
	return i
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }
func isHex(b byte) bool {
	return isDigit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F')
}
