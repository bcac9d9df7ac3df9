const PATHS = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M12 5v14M6 13l6 6 6-6',
  send: 'M12 19V5M6 11l6-6 6 6',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  alert: 'M12 8v5M12 16.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2L20 20',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  people:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.5-3.2 3.2-5 6.5-5s6 1.8 6.5 5M16 5a3.2 3.2 0 0 1 0 6.2M18 14.9c1.9.7 3.2 2.3 3.5 4.6',
  sliders:
    'M4 8h8M18 8h2M4 16h2M12 16h8M15 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM9 13.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
  chevron: 'M9 6l6 6-6 6',
  letter: 'M4 6.5h16v11H4zM4.5 7l7.5 6 7.5-6',
  lock: 'M6.5 11h11v8h-11zM8.5 11V8.2a3.5 3.5 0 0 1 7 0V11',
  door: 'M6 20V5.5L14 4v16M4 20h16M14 6h4v14M11 12v.01',
  info: 'M12 11v5.5M12 7.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  edit: 'M5 19l.8-3.7L15.6 5.5a2 2 0 0 1 2.9 2.9L8.7 18.2z',
  more: 'M12 5v.01M12 12v.01M12 19v.01',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** Two steps: the mark of the place. */
export function Mark({ size = 32 }: { readonly size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M11.2 12.6c2.3 0 3.5 2.1 3.3 4.6-.1 1.6-.8 2.7-.9 4-.1.9-.9 1.4-2.1 1.4s-2-.6-2.2-1.5c-.3-1.4-1.2-2.4-1.4-4.1-.3-2.4 1-4.4 3.3-4.4z" />
      <ellipse cx="11.7" cy="25.3" rx="1.9" ry="1.7" />
      <path d="M20.8 5.2c2.3 0 3.6 2 3.3 4.4-.2 1.7-1.1 2.7-1.4 4.1-.2.9-1 1.5-2.2 1.5s-2-.5-2.1-1.4c-.1-1.3-.8-2.4-.9-4-.2-2.5 1-4.6 3.3-4.6z" />
      <ellipse cx="20.3" cy="17.9" rx="1.9" ry="1.7" />
    </svg>
  )
}
