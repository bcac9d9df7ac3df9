export const NUL = 0x00
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const HYPHEN = 0x2d
export const COLON = 0x3a
