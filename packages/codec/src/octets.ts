export const NUL = 0x00
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const COLON = 0x3a
export const BACKSLASH = 0x5c

/** Classes of octets: bits, so that the scanner can OR together those of all octets that it has seen. */
export const NUL_OCTET = 1
export const LF_OCTET = 2
export const COLON_OCTET = 4
export const CR_OCTET = 8
export const BACKSLASH_OCTET = 16
/** Not ASCII. */
export const HIGH_OCTET = 32

/** The class of each octet; 0 for most. */
export const CLASS_OF = new Uint8Array(256)
CLASS_OF.fill(HIGH_OCTET, 0x80)
CLASS_OF[NUL] = NUL_OCTET
CLASS_OF[LF] = LF_OCTET
CLASS_OF[COLON] = COLON_OCTET
CLASS_OF[CR] = CR_OCTET
CLASS_OF[BACKSLASH] = BACKSLASH_OCTET
