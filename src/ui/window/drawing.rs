//! How the toolkit is told to draw by one way, and what becomes of it: whether frames are shown, whether the device is
//! lost.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui_wgpu::{SurfaceErrorAction, WgpuConfiguration, WgpuSetupCreateNew};
use eframe::wgpu;

use crate::app::settings::{DrawnBy, GraphicsApi, GraphicsWay};

/// How drawing by a way goes, as its threads tell.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Frames that were laid out and could not be shown.
    dropped: AtomicU64,
    /// Whether the window has been shown.
    is_shown: AtomicBool,
    /// Whether it is being closed, when devices go as well.
    is_closing: AtomicBool,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    drawn_by: Option<DrawnBy>,
    /// Why it does not go on.
    lost: Option<String>,
}

impl Health {
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn is_shown(&self) -> bool {
        self.is_shown.load(Ordering::Relaxed)
    }

    pub(super) fn shown(&self) {
        self.is_shown.store(true, Ordering::Relaxed);
    }

    pub(super) fn closing(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }

    /// What draws, as soon as it is chosen.
    pub(super) fn drawn_by(&self) -> Option<DrawnBy> {
        self.found().drawn_by.clone()
    }

    /// Why it does not go on, where it does not.
    pub(super) fn lost(&self) -> Option<String> {
        self.found().lost.clone()
    }

    /// It does not go on; the first reason stands.
    pub(super) fn lose(&self, why: &str) {
        if !self.is_closing.load(Ordering::Relaxed) {
            self.found().lost.get_or_insert_with(|| why.to_owned());
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A way that is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) way: GraphicsWay,
    /// Whether a graphics card is taken where there is one, though the processor would do: its driver may be new.
    pub(super) takes_card: bool,
}

/// What the toolkit is to draw by.
pub(super) fn configuration(attempt: Attempt, health: &Arc<Health>) -> WgpuConfiguration {
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    setup.instance_descriptor.backends = match attempt.way.api {
        GraphicsApi::Vulkan => wgpu::Backends::VULKAN,
        GraphicsApi::Direct3d => wgpu::Backends::DX12,
        GraphicsApi::Metal => wgpu::Backends::METAL,
        GraphicsApi::OpenGl => wgpu::Backends::GL,
    };
    let chosen = Arc::clone(health);
    setup.native_adapter_selector = Some(Arc::new(move |adapters, surface| {
        let adapter = select(adapters, surface, attempt)?;
        let info = adapter.get_info();
        let way = GraphicsWay { is_software: is_software(&info), ..attempt.way };
        chosen.found().drawn_by = Some(DrawnBy { way, name: info.name });
        Ok(adapter)
    }));
    // No more than egui needs, so that old cards and drivers will do.
    setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
        label: Some("window"),
        required_limits: wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits()),
        ..wgpu::DeviceDescriptor::default()
    });
    let usual = WgpuConfiguration::default();
    let (on_status, counted) = (Arc::clone(&usual.on_surface_status), Arc::clone(health));
    WgpuConfiguration {
        wgpu_setup: setup.into(),
        on_surface_status: Arc::new(move |status| {
            // A window that is hidden shows no frames, and nothing is wrong with that.
            if !matches!(status, wgpu::CurrentSurfaceTexture::Occluded) {
                counted.dropped.fetch_add(1, Ordering::Relaxed);
            }
            match on_status(status) {
                SurfaceErrorAction::RecreateSurface if counted.lost().is_some() => {
                    SurfaceErrorAction::SkipFrame
                }
                action => action,
            }
        }),
        ..usual
    }
}

/// Takes note of a device that is lost, and of errors that would end the program otherwise.
pub(super) fn watch(device: &wgpu::Device, context: &egui::Context, health: &Arc<Health>) {
    let (told, wake) = (Arc::clone(health), context.clone());
    device.set_device_lost_callback(move |reason, why| {
        told.lose(&format!("the device is lost ({reason:?}): {why}"));
        wake.request_repaint();
    });
    let (told, wake) = (Arc::clone(health), context.clone());
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        log::error!("Drawing: {error}");
        told.lose(&error.to_string());
        wake.request_repaint();
    }));
}

/// The adapter that draws by a way: the most able one that can show the window.
fn select(
    adapters: &[wgpu::Adapter],
    surface: Option<&wgpu::Surface<'_>>,
    attempt: Attempt,
) -> Result<wgpu::Adapter, String> {
    let is_of_way = |info: &wgpu::AdapterInfo| match (attempt.way.is_software, is_software(info)) {
        (true, false) => attempt.takes_card,
        (wanted, found) => wanted == found,
    };
    let able = |adapter: &&wgpu::Adapter| {
        is_of_way(&adapter.get_info()) && surface.is_none_or(|surface| adapter.is_surface_supported(surface))
    };
    let rank = |adapter: &&wgpu::Adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    let adapter = adapters.iter().filter(able).min_by_key(rank);
    adapter.cloned().ok_or_else(|| "there is none".to_owned())
}

fn is_software(info: &wgpu::AdapterInfo) -> bool {
    info.device_type == wgpu::DeviceType::Cpu
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_goes_with_its_window_is_not_lost() {
        let health = Health::default();
        health.lose("the driver was updated");
        health.lose("and again");
        assert_eq!(health.lost().as_deref(), Some("the driver was updated"));
        let closed = Health::default();
        closed.closing();
        closed.lose("dropped");
        assert_eq!(closed.lost(), None);
    }
}
