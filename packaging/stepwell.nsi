; The Windows installer, which packaging/windows makes: for one user, without administrator's rights. It goes over another
; version; /S asks nothing, /D=FOLDER (the last option) says where to.
; Given by the script: VERSION, FOLDER (what is installed), FILES (instructions that remove it again), OUT, TOP.
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Stepwell"
; As the program itself.
Target amd64-unicode
; The program is there twice, but for one number: a dictionary as large as both has it once.
SetCompressor /SOLID lzma
SetCompressorDictSize 128
RequestExecutionLevel user
ManifestDPIAware true
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

Name "Stepwell"
OutFile "${OUT}"
BrandingText "Stepwell ${VERSION}"
InstallDir "$LOCALAPPDATA\Programs\Stepwell"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Stepwell"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileDescription "Stepwell's installer"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey LegalCopyright "The Stepwell developers"
; The uninstaller is written while the installer runs; to be signed it is signed when the installer is made.
!ifdef SIGN
  !uninstfinalize '"${SIGN}" "%1"'
!endif

!define MUI_ICON "${TOP}/assets/stepwell.ico"
!define MUI_UNICON "${TOP}/assets/stepwell.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${TOP}/packaging/installer.bmp"
!define MUI_FINISHPAGE_RUN "$INSTDIR\stepwell.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Start Stepwell"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A program that runs cannot be written to. Without questions it ends with 3.
!macro RefuseIfRunning PROGRAM
  ${Do}
    ${IfNot} ${FileExists} "$INSTDIR\${PROGRAM}"
      ${ExitDo}
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\${PROGRAM}" a
    ${IfNot} ${Errors}
      FileClose $0
      ${ExitDo}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "Stepwell is running. Close it, and let its runs end or cancel them; then try again." /SD IDCANCEL IDRETRY +3
    SetErrorLevel 3
    Quit
  ${Loop}
!macroend

Section
  !insertmacro RefuseIfRunning stepwell.exe
  !insertmacro RefuseIfRunning stepwell.com
  SetOutPath "$INSTDIR"
  File /r "${FOLDER}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Stepwell.lnk" "$INSTDIR\stepwell.exe"

  ; “Open with Stepwell” where the right button is pressed on a folder.
  WriteRegStr HKCU "Software\Classes\Directory\shell\Stepwell" "" "Open with Stepwell"
  WriteRegStr HKCU "Software\Classes\Directory\shell\Stepwell" "Icon" "$INSTDIR\stepwell.exe"
  WriteRegStr HKCU "Software\Classes\Directory\shell\Stepwell\command" "" '"$INSTDIR\stepwell.exe" "%1"'

  ; In the list of installed programs.
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Stepwell"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\stepwell.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Stepwell developers"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
SectionEnd

; What was installed, and nothing else: settings, results and plates are the user's.
Section Uninstall
  !insertmacro RefuseIfRunning stepwell.exe
  !insertmacro RefuseIfRunning stepwell.com
  !include "${FILES}"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Stepwell.lnk"
  DeleteRegKey HKCU "Software\Classes\Directory\shell\Stepwell"
  DeleteRegKey /ifempty HKCU "Software\Classes\Directory\shell"
  DeleteRegKey /ifempty HKCU "Software\Classes\Directory"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd
