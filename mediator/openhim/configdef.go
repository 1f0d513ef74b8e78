package openhim

// ConfigType is the type of a setting. A definition without a type takes any
// value.
type ConfigType string

// The eight types of the core (src/model/mediators.js).
const (
	ConfigString    ConfigType = "string"
	ConfigNumber    ConfigType = "number"
	ConfigBool      ConfigType = "bool"
	ConfigOption    ConfigType = "option"    // one of Values
	ConfigBigString ConfigType = "bigstring" // a text of several lines
	ConfigPassword  ConfigType = "password"  // masked in the console
	ConfigMap       ConfigType = "map"       // an object of texts
	ConfigStruct    ConfigType = "struct"    // an object by Template
)

// ConfigDef describes one setting that an administrator may change in the
// console.
type ConfigDef struct {
	// Param is the setting's name in the config. Required.
	Param       string     `json:"param"`
	DisplayName string     `json:"displayName,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        ConfigType `json:"type,omitempty"`
	// Values of an option. Required there, and at least one.
	Values []string `json:"values,omitempty"`
	// Template of a struct. Required there; each item has a param and a type,
	// which is not struct again.
	Template []ConfigDef `json:"template,omitempty"`
	// Array makes the setting a list of values of this type.
	Array bool `json:"array,omitempty"`
}
