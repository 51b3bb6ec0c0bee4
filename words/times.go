package words

import (
	"fmt"
	"strconv"
	"time"
)

// The steps of a time, the same for all: seconds under a minute, minutes under a
// hundred minutes, hours under three days, then days. Under ten hours the minutes
// stand beside the hours.
const (
	minutesUnder = 100
	besideUnder  = 10
	hoursUnder   = 72
)

const day = 24 * time.Hour

// Age says how long ago something was, or how long it has lasted, rounded down:
// 34 s, 99 min, 2 h 10 min, 30 h, 1,056 days. What is still to come has the age 0 s.
func Age(d time.Duration) string {
	d = max(d, 0)
	if d >= hoursUnder*time.Hour {
		return Comma(int(d/day)) + " days"
	}
	return short(int(d/time.Second), int(d/time.Minute), int(d/time.Hour))
}

// Estimate says how long something will take, or when it will be, rounded up, for
// who waits should not wait longer: 34 s, 99 min, 2 h 10 min, 30 h, 3.1 days.
func Estimate(d time.Duration) string {
	d = max(d, 0)
	if up(d, time.Hour) >= hoursUnder {
		tenths := up(d, day/10)
		if tenths%10 == 0 {
			return Comma(tenths/10) + " days"
		}
		return Comma(tenths/10) + "." + strconv.Itoa(tenths%10) + " days"
	}
	return short(up(d, time.Second), up(d, time.Minute), up(d, time.Hour))
}

// up counts units, the last one begun too.
func up(d, unit time.Duration) int {
	n := int(d / unit)
	if d%unit > 0 {
		n++
	}
	return n
}

// short is a time of less than days, counted in each unit.
func short(seconds, minutes, hours int) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case minutes < minutesUnder:
		return fmt.Sprintf("%d min", minutes)
	case minutes < besideUnder*60 && minutes%60 > 0:
		return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
	}
	return fmt.Sprintf("%d h", hours)
}
