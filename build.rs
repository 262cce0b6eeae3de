//! What Windows shows of the program file, and what it is told of the program.

use winresource::WindowsResource;

const ICON: &str = "assets/stepwell.ico";

/// Long paths are those of more than 260 characters, which Windows lets no program use that does not say so.
const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security><requestedPrivileges>
      <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
    </requestedPrivileges></security>
  </trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application><supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/></application>
  </compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <dpiAwareness xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">PerMonitorV2</dpiAwareness>
      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
    </windowsSettings>
  </application>
</assembly>
"#;

fn main() -> std::io::Result<()> {
    for file in ["build.rs", ICON] {
        println!("cargo:rerun-if-changed={file}");
    }
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_none_or(|system| system != "windows") {
        return Ok(());
    }
    let mut resource = WindowsResource::new();
    // The task manager and the list of programs show the description as the name.
    for (field, value) in [
        ("FileDescription", "Stepwell"),
        ("ProductName", "Stepwell"),
        ("InternalName", "stepwell"),
        ("OriginalFilename", "stepwell.exe"),
        ("LegalCopyright", "MIT or Apache-2.0"),
    ] {
        resource.set(field, value);
    }
    resource.set_icon(ICON).set_manifest(MANIFEST);
    resource.compile_for("stepwell")
}
