import { Icon, type IconName } from './icons.js'

interface ToolButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly tile: boolean
  readonly testId?: string
  readonly onClick: () => void
}

/** Opens a dialog: an icon in a header, or a tile with an icon over its name in a sheet. */
export function ToolButton({ icon, label, tile, testId, onClick }: ToolButtonProps) {
  return (
    <button
      type="button"
      className={tile ? 'tile' : 'icon-button'}
      data-testid={testId}
      aria-haspopup="dialog"
      aria-label={tile ? undefined : label}
      onClick={onClick}
    >
      <Icon name={icon} />
      {tile && <span>{label}</span>}
    </button>
  )
}
