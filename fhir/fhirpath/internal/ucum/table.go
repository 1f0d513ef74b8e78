package ucum

// atom defines one unit: value times the unit expression, exactly. A base unit has its
// dimension in base instead.
type atom struct {
	value  string // decimal number, or a fraction a/b
	of     string // unit expression
	metric bool   // takes prefixes
	base   dimension
}

// dimension is an index into Unit's exponents, from 1.
type dimension uint8

// The dimensions. UCUM reckons in g, not in kg. The mole is a dimension of its own here.
const (
	length dimension = iota + 1
	duration
	mass
	angle
	temperature
	charge
	luminosity
	amount
	dimensions = int(amount)
)

// prefixes of metric units, powers of ten.
var prefixes = map[string]int{ //nolint:gochecknoglobals // a read-only table
	"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
	"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}

// binaryPrefixes are powers of 1024.
var binaryPrefixes = map[string]int{"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4} //nolint:gochecknoglobals // a read-only table

const pi = "3.1415926535897932384626433832795028841971693993751058209749445923"

// atoms are the units of UCUM that health data has, by case sensitive code
// (https://ucum.org/ucum, tables 2 to 22).
var atoms = map[string]atom{ //nolint:gochecknoglobals // a read-only table
	// base units
	"m": {base: length, metric: true}, "s": {base: duration, metric: true}, "g": {base: mass, metric: true},
	"rad": {base: angle, metric: true}, "K": {base: temperature, metric: true}, "C": {base: charge, metric: true},
	"cd": {base: luminosity, metric: true}, "mol": {base: amount, metric: true},
	// dimensionless
	"10*": {value: "10", of: "1"}, "10^": {value: "10", of: "1"}, "[pi]": {value: pi, of: "1"},
	"%": {value: "1/100", of: "1"}, "[ppth]": {value: "1/1000", of: "1"}, "[ppm]": {value: "1/1000000", of: "1"},
	"[ppb]": {value: "1/1000000000", of: "1"}, "[pptr]": {value: "1/1000000000000", of: "1"},
	// SI
	"sr": {value: "1", of: "rad2", metric: true}, "Hz": {value: "1", of: "s-1", metric: true},
	"N": {value: "1", of: "kg.m/s2", metric: true}, "Pa": {value: "1", of: "N/m2", metric: true},
	"J": {value: "1", of: "N.m", metric: true}, "W": {value: "1", of: "J/s", metric: true},
	"A": {value: "1", of: "C/s", metric: true}, "V": {value: "1", of: "J/C", metric: true},
	"F": {value: "1", of: "C/V", metric: true}, "Ohm": {value: "1", of: "V/A", metric: true},
	"S": {value: "1", of: "Ohm-1", metric: true}, "Wb": {value: "1", of: "V.s", metric: true},
	"T": {value: "1", of: "Wb/m2", metric: true}, "H": {value: "1", of: "Wb/A", metric: true},
	"lm": {value: "1", of: "cd.sr", metric: true}, "lx": {value: "1", of: "lm/m2", metric: true},
	"Bq": {value: "1", of: "s-1", metric: true}, "Gy": {value: "1", of: "J/kg", metric: true},
	"Sv": {value: "1", of: "J/kg", metric: true}, "kat": {value: "1", of: "mol/s", metric: true},
	// with the SI, and of time
	"l": {value: "1", of: "dm3", metric: true}, "L": {value: "1", of: "l", metric: true}, "ar": {value: "100", of: "m2", metric: true},
	"min": {value: "60", of: "s"}, "h": {value: "60", of: "min"}, "d": {value: "24", of: "h"}, "wk": {value: "7", of: "d"},
	"a_t": {value: "365.24219", of: "d"}, "a_j": {value: "365.25", of: "d"}, "a_g": {value: "365.2425", of: "d"}, "a": {value: "1", of: "a_j"},
	"mo_s": {value: "29.53059", of: "d"}, "mo_j": {value: "1/12", of: "a_j"}, "mo_g": {value: "1/12", of: "a_g"}, "mo": {value: "1", of: "mo_j"},
	"t": {value: "1000", of: "kg", metric: true}, "bar": {value: "100000", of: "Pa", metric: true},
	"u": {value: "0.00000000000000000000000166053906660", of: "g", metric: true}, "eV": {value: "0.0000000000000000001602176634", of: "J", metric: true},
	"pc": {value: "30856780000000000", of: "m", metric: true}, "AU": {value: "149597.870691", of: "Mm"},
	"gon": {value: "0.9", of: "deg"}, "deg": {value: "2/360", of: "[pi].rad"}, "'": {value: "1/60", of: "deg"}, "''": {value: "1/60", of: "'"},
	"circ": {value: "2", of: "[pi].rad"}, "sph": {value: "4", of: "[pi].sr"},
	// constants
	"[c]": {value: "299792458", of: "m/s", metric: true}, "[g]": {value: "9.80665", of: "m/s2", metric: true},
	"[h]": {value: "0.000000000000000000000000000000000662607015", of: "J.s", metric: true}, "[e]": {value: "0.0000000000000000001602176634", of: "C", metric: true},
	"[k]": {value: "0.00000000000000000000001380649", of: "J/K", metric: true}, "gf": {value: "1", of: "g.[g]", metric: true}, "[lbf_av]": {value: "1", of: "[lb_av].[g]"},
	// CGS and old
	"dyn": {value: "1", of: "g.cm/s2", metric: true}, "erg": {value: "1", of: "dyn.cm", metric: true}, "P": {value: "1", of: "dyn.s/cm2", metric: true},
	"St": {value: "1", of: "cm2/s", metric: true}, "Gal": {value: "1", of: "cm/s2", metric: true}, "G": {value: "1/10000", of: "T", metric: true},
	"Ci": {value: "37000000000", of: "Bq", metric: true}, "R": {value: "0.000258", of: "C/kg", metric: true}, "RAD": {value: "100", of: "erg/g", metric: true},
	"REM": {value: "1", of: "RAD", metric: true}, "Ao": {value: "0.1", of: "nm"}, "b": {value: "100", of: "fm2"}, "atm": {value: "101325", of: "Pa"},
	"att": {value: "1", of: "kgf/cm2"}, "cal": {value: "4.184", of: "J", metric: true}, "cal_th": {value: "4.184", of: "J", metric: true},
	"cal_IT": {value: "4.1868", of: "J", metric: true}, "cal_m": {value: "4.19002", of: "J", metric: true}, "[Cal]": {value: "1", of: "kcal_th"},
	"[Btu]": {value: "1.05435", of: "kJ"}, "[HP]": {value: "550", of: "[ft_i].[lbf_av]/s"},
	"m[H2O]": {value: "9.80665", of: "kPa", metric: true}, "m[Hg]": {value: "133.3220", of: "kPa", metric: true},
	"[in_i'H2O]": {value: "1", of: "m[H2O].[in_i]/m"}, "[in_i'Hg]": {value: "1", of: "m[Hg].[in_i]/m"},
	"[psi]": {value: "1", of: "[lbf_av]/[sin_i]"}, "[sin_i]": {value: "1", of: "[in_i]2"}, "[cin_i]": {value: "1", of: "[in_i]3"},
	// lengths, areas, volumes
	"[in_i]": {value: "2.54", of: "cm"}, "[ft_i]": {value: "12", of: "[in_i]"}, "[yd_i]": {value: "3", of: "[ft_i]"}, "[mi_i]": {value: "5280", of: "[ft_i]"},
	"[fth_i]": {value: "6", of: "[ft_i]"}, "[nmi_i]": {value: "1852", of: "m"}, "[kn_i]": {value: "1", of: "[nmi_i]/h"}, "[mil_i]": {value: "1/1000", of: "[in_i]"},
	"[sft_i]": {value: "1", of: "[ft_i]2"}, "[syd_i]": {value: "1", of: "[yd_i]2"}, "[cft_i]": {value: "1", of: "[ft_i]3"}, "[cyd_i]": {value: "1", of: "[yd_i]3"},
	"[ft_us]": {value: "1200/3937", of: "m"}, "[yd_us]": {value: "3", of: "[ft_us]"}, "[in_us]": {value: "1/12", of: "[ft_us]"}, "[mi_us]": {value: "5280", of: "[ft_us]"},
	"[acr_us]": {value: "160", of: "[rd_us]2"}, "[rd_us]": {value: "16.5", of: "[ft_us]"},
	"[gal_us]": {value: "231", of: "[in_i]3"}, "[qt_us]": {value: "1/4", of: "[gal_us]"}, "[pt_us]": {value: "1/2", of: "[qt_us]"}, "[gil_us]": {value: "1/4", of: "[pt_us]"},
	"[foz_us]": {value: "1/4", of: "[gil_us]"}, "[fdr_us]": {value: "1/8", of: "[foz_us]"}, "[min_us]": {value: "1/60", of: "[fdr_us]"},
	"[cup_us]": {value: "16", of: "[tbs_us]"}, "[tbs_us]": {value: "1/2", of: "[foz_us]"}, "[tsp_us]": {value: "1/3", of: "[tbs_us]"},
	"[cup_m]": {value: "240", of: "mL"}, "[tbs_m]": {value: "15", of: "mL"}, "[tsp_m]": {value: "5", of: "mL"}, "[foz_m]": {value: "30", of: "mL"},
	"[gal_br]": {value: "4.54609", of: "l"}, "[qt_br]": {value: "1/4", of: "[gal_br]"}, "[pt_br]": {value: "1/2", of: "[qt_br]"}, "[foz_br]": {value: "1/20", of: "[pt_br]"},
	"[Ch]": {value: "1/3", of: "mm"}, "[car_Au]": {value: "1/24", of: "1"}, "[car_m]": {value: "0.2", of: "g"},
	// masses
	"[gr]": {value: "64.79891", of: "mg"}, "[lb_av]": {value: "7000", of: "[gr]"}, "[oz_av]": {value: "1/16", of: "[lb_av]"}, "[dr_av]": {value: "1/16", of: "[oz_av]"},
	"[ston_av]": {value: "20", of: "[scwt_av]"}, "[scwt_av]": {value: "100", of: "[lb_av]"}, "[stone_av]": {value: "14", of: "[lb_av]"},
	"[oz_tr]": {value: "480", of: "[gr]"}, "[lb_tr]": {value: "12", of: "[oz_tr]"}, "[pwt_tr]": {value: "24", of: "[gr]"},
	"[oz_ap]": {value: "8", of: "[dr_ap]"}, "[dr_ap]": {value: "3", of: "[sc_ap]"}, "[sc_ap]": {value: "20", of: "[gr]"}, "[lb_ap]": {value: "12", of: "[oz_ap]"},
	"[oz_m]": {value: "28", of: "g"},
	// chemistry and clinic
	"eq": {value: "1", of: "mol", metric: true}, "osm": {value: "1", of: "mol", metric: true}, "g%": {value: "1", of: "g/dL", metric: true},
	"U": {value: "1", of: "umol/min", metric: true}, "[HPF]": {value: "1", of: "1"}, "[LPF]": {value: "100", of: "1"}, "[drp]": {value: "1/20", of: "mL"},
	"[MET]": {value: "3.5", of: "mL/min/kg"}, "[diop]": {value: "1", of: "/m"}, "[PRU]": {value: "1", of: "m[Hg].s/mL"}, "[wood'U]": {value: "1", of: "m[Hg].min/L"},
	"bit": {value: "1", of: "1", metric: true}, "By": {value: "8", of: "bit", metric: true}, "Bd": {value: "1", of: "/s", metric: true},
}

// arbitrary units compare with themselves only; those with true take prefixes.
var arbitrary = map[string]bool{ //nolint:gochecknoglobals // a read-only table
	"[iU]": true, "[IU]": true, "[arb'U]": false, "[USP'U]": false, "[GPL'U]": false, "[MPL'U]": false, "[APL'U]": false,
	"[beth'U]": false, "[anti'Xa'U]": false, "[todd'U]": false, "[dye'U]": false, "[smgy'U]": false, "[bdsk'U]": false,
	"[ka'U]": false, "[knk'U]": false, "[mclg'U]": false, "[tb'U]": false, "[CCID_50]": false, "[TCID_50]": false, "[EID_50]": false,
	"[PFU]": false, "[FFU]": false, "[CFU]": false, "[IR]": false, "[BAU]": false, "[AU]": false, "[Amb'a'1'U]": false, "[PNU]": false,
	"[Lf]": false, "[D'ag'U]": false, "[FEU]": false, "[ELU]": false, "[EU]": false, "[S]": false, "[hnsf'U]": false, "[MET'U]": false, "[hp'_X]": false,
	"[hp_C]": false, "[hp_M]": false, "[hp_Q]": false, "[p'diop]": false, "%[slope]": false, "[APL]": false, "[CAE'U]": false,
	// logarithms: comparing them with other units needs more than a factor
	"[pH]": false, "Np": true, "B": true, "B[SPL]": true, "B[V]": true, "B[mV]": true, "B[uV]": true, "B[W]": true, "B[kW]": true,
}

// affine units are K * factor + offset; they stand alone.
var affine = map[string]struct { //nolint:gochecknoglobals // a read-only table
	factor, offset string
	metric         bool
}{
	"Cel":     {"1", "273.15", true},
	"[degF]":  {"5/9", "45967/180", false},
	"[degR]":  {"5/9", "0", false},
	"[degRe]": {"5/4", "273.15", false},
}
