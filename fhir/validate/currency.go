package validate

import "strings"

// currencies are the codes of ISO 4217, with those that FHIR's value set of currencies has beside them (GGP, IMP, JEP, TVD).
const currencies = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY" +
	" COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GGP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR IQD IRR" +
	" ISK JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN" +
	" NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND" +
	" TOP TRY TTD TVD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER" +
	" ZAR ZMW ZWG ZWL "

// externalSystem returns a check for a code system that is not HL7's, but whose codes the program knows; nil for others.
func externalSystem(url string) func(code string) bool {
	if url != "urn:iso:std:iso:4217" {
		return nil
	}
	return func(code string) bool { return len(code) == 3 && strings.Contains(currencies, " "+code+" ") }
}
