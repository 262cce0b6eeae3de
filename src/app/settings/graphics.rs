//! By what the window can be drawn, and in which order that is tried.

use serde::{Deserialize, Serialize};

/// What the system draws by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GraphicsApi {
    /// Vulkan.
    Vulkan,
    /// Direct3D 12, of Windows.
    Direct3d,
    /// Metal, of macOS.
    Metal,
    /// OpenGL.
    OpenGl,
}

impl GraphicsApi {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vulkan => "Vulkan",
            Self::Direct3d => "Direct3D 12",
            Self::Metal => "Metal",
            Self::OpenGl => "OpenGL",
        }
    }
}

/// A way to draw the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphicsWay {
    /// What is drawn by.
    pub api: GraphicsApi,
    /// Whether the processor draws and no graphics card.
    pub is_software: bool,
}

impl GraphicsWay {
    const fn card(api: GraphicsApi) -> Self {
        Self { api, is_software: false }
    }

    const fn software(api: GraphicsApi) -> Self {
        Self { api, is_software: true }
    }

    /// What it is, in words.
    pub fn words(self) -> String {
        let by = if self.is_software { "the processor" } else { "a graphics card" };
        format!("{by} through {}", self.api.name())
    }
}

/// What draws the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnBy {
    /// The way.
    pub way: GraphicsWay,
    /// The name of the card, or of what the processor does instead.
    pub name: String,
}

impl DrawnBy {
    /// What draws, in words.
    pub fn words(&self) -> String {
        format!("{} ({})", self.way.words(), self.name)
    }

    /// What follows from it, where the processor draws.
    pub fn note(&self) -> Option<&'static str> {
        let note = "No driver of a graphics card works, so the processor draws the window. Large pictures scroll \
                    more slowly. Results are the same.";
        self.way.is_software.then_some(note)
    }
}

/// The ways of this system, in the usual order: the processor last.
pub fn usual_ways() -> &'static [GraphicsWay] {
    use GraphicsApi::{Direct3d, Metal, OpenGl, Vulkan};
    if cfg!(target_os = "macos") {
        const { &[GraphicsWay::card(Metal)] }
    } else if cfg!(windows) {
        const {
            &[
                GraphicsWay::card(Direct3d),
                GraphicsWay::card(Vulkan),
                GraphicsWay::card(OpenGl),
                // Windows brings it along, also in remote desktops and virtual machines.
                GraphicsWay::software(Direct3d),
                GraphicsWay::software(OpenGl),
                GraphicsWay::software(Vulkan),
            ]
        }
    } else {
        const {
            &[
                GraphicsWay::card(Vulkan),
                GraphicsWay::card(OpenGl),
                GraphicsWay::software(Vulkan),
                GraphicsWay::software(OpenGl),
            ]
        }
    }
}

/// What the user wants the window to be drawn by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GraphicsChoice {
    /// What works.
    #[default]
    Automatic,
    /// Vulkan first.
    Vulkan,
    /// Direct3D 12 first.
    Direct3d,
    /// OpenGL first.
    OpenGl,
    /// The processor first.
    Software,
}

impl GraphicsChoice {
    /// Those of this system.
    pub fn all() -> &'static [Self] {
        if cfg!(target_os = "macos") {
            &[Self::Automatic]
        } else if cfg!(windows) {
            &[Self::Automatic, Self::Direct3d, Self::Vulkan, Self::OpenGl, Self::Software]
        } else {
            &[Self::Automatic, Self::Vulkan, Self::OpenGl, Self::Software]
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "what works",
            Self::Vulkan => "Vulkan",
            Self::Direct3d => "Direct3D 12",
            Self::OpenGl => "OpenGL",
            Self::Software => "the processor",
        }
    }
}

/// What is wanted: by the variable of the environment, which overrules the settings, or by these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedGraphics {
    /// By the variable, the first first.
    Apis(Vec<GraphicsApi>),
    /// By the settings.
    Choice(GraphicsChoice),
}

impl WantedGraphics {
    /// What a value of `WGPU_BACKEND` says, a list with commas; with the names in it that nobody knows. Where it names
    /// nothing, what the settings say.
    pub fn of(variable: Option<&str>, choice: GraphicsChoice) -> (Self, Vec<String>) {
        let (mut apis, mut unknown) = (Vec::new(), Vec::new());
        for name in variable.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name.to_ascii_lowercase().as_str() {
                "vulkan" | "vk" => apis.push(GraphicsApi::Vulkan),
                "dx12" | "d3d12" => apis.push(GraphicsApi::Direct3d),
                "metal" | "mtl" => apis.push(GraphicsApi::Metal),
                "gl" | "gles" | "opengl" => apis.push(GraphicsApi::OpenGl),
                _ => unknown.push(name.to_owned()),
            }
        }
        let wanted = if apis.is_empty() { Self::Choice(choice) } else { Self::Apis(apis) };
        (wanted, unknown)
    }

    /// Whether the processor is wanted, also where a graphics card would do.
    pub fn is_software(&self) -> bool {
        *self == Self::Choice(GraphicsChoice::Software)
    }

    /// Whether any of what is wanted is among the ways of this system.
    pub fn is_here(&self) -> bool {
        match self {
            Self::Apis(apis) => usual_ways().iter().any(|way| apis.contains(&way.api)),
            Self::Choice(_) => true,
        }
    }

    /// The place of a way among what is wanted; what is not wanted comes after all that is.
    fn rank(&self, way: GraphicsWay) -> usize {
        let is_api = |api| usize::from(way.api != api);
        match self {
            Self::Apis(apis) => apis.iter().position(|api| *api == way.api).unwrap_or(apis.len()),
            Self::Choice(GraphicsChoice::Automatic) => 0,
            Self::Choice(GraphicsChoice::Vulkan) => is_api(GraphicsApi::Vulkan),
            Self::Choice(GraphicsChoice::Direct3d) => is_api(GraphicsApi::Direct3d),
            Self::Choice(GraphicsChoice::OpenGl) => is_api(GraphicsApi::OpenGl),
            Self::Choice(GraphicsChoice::Software) => usize::from(!way.is_software),
        }
    }
}

/// What is known from earlier starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GraphicsPast {
    /// The way that has shown the window last.
    pub worked: Option<GraphicsWay>,
    /// Ways with which the program has ended before it showed anything.
    pub ended: Vec<GraphicsWay>,
}

impl GraphicsPast {
    /// The ways in the order in which they are tried: those that ended the program last of all, what is wanted first, then
    /// what has worked before, then as usual.
    pub fn order(&self, usual: &[GraphicsWay], wanted: &WantedGraphics) -> Vec<GraphicsWay> {
        let mut ways = usual.to_vec();
        ways.sort_by_key(|way| {
            let ended = self.ended.iter().position(|ended| ended == way).map_or(0, |place| place + 1);
            (ended, wanted.rank(*way), self.worked != Some(*way))
        });
        ways
    }

    /// Whether the way that is tried first has shown the window before, so that nothing is to be feared of it.
    pub fn is_proven(&self, usual: &[GraphicsWay], wanted: &WantedGraphics) -> bool {
        self.worked.is_some() && self.order(usual, wanted).first() == self.worked.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_tried_in_the_order_that_promises_most() {
        use GraphicsApi::{Direct3d, OpenGl, Vulkan};
        const USUAL: [GraphicsWay; 4] = [
            GraphicsWay::card(Vulkan),
            GraphicsWay::card(OpenGl),
            GraphicsWay::software(Vulkan),
            GraphicsWay::software(OpenGl),
        ];
        let wants = |choice| WantedGraphics::Choice(choice);
        let (automatic, apis) = (wants(GraphicsChoice::Automatic), WantedGraphics::Apis);
        // What is wanted, what worked, what ended the program; then the places in the usual order.
        type Row = (WantedGraphics, Option<usize>, &'static [usize], [usize; 4], bool);
        let table: [Row; 13] = [
            (automatic.clone(), None, &[], [0, 1, 2, 3], false),
            (automatic.clone(), Some(0), &[], [0, 1, 2, 3], true),
            (automatic.clone(), Some(2), &[], [2, 0, 1, 3], true),
            (automatic.clone(), Some(1), &[0], [1, 2, 3, 0], true),
            // The driver is another since then.
            (automatic.clone(), Some(1), &[1], [0, 2, 3, 1], false),
            (automatic, None, &[1, 0], [2, 3, 1, 0], false),
            (wants(GraphicsChoice::OpenGl), Some(0), &[], [1, 3, 0, 2], false),
            (wants(GraphicsChoice::OpenGl), Some(3), &[], [3, 1, 0, 2], true),
            (wants(GraphicsChoice::Software), Some(0), &[], [2, 3, 0, 1], false),
            (wants(GraphicsChoice::Vulkan), None, &[0], [2, 1, 3, 0], false),
            (apis(vec![OpenGl]), Some(0), &[], [1, 3, 0, 2], false),
            (apis(vec![OpenGl, Vulkan]), None, &[], [1, 3, 0, 2], false),
            // There is none here.
            (apis(vec![Direct3d]), Some(2), &[], [2, 0, 1, 3], true),
        ];
        for (wanted, worked, ended, places, is_proven) in table {
            let ended: Vec<_> = ended.iter().map(|place| USUAL[*place]).collect();
            let past = GraphicsPast { worked: worked.map(|place| USUAL[place]), ended };
            let expected = places.map(|place| USUAL[place]);
            assert_eq!(past.order(&USUAL, &wanted), expected, "{wanted:?}, {past:?}");
            assert_eq!(past.is_proven(&USUAL, &wanted), is_proven, "{wanted:?}, {past:?}");
        }
    }

    #[test]
    fn the_variable_overrules_the_settings_where_it_names_something() {
        use GraphicsApi::{OpenGl, Vulkan};
        let choice = GraphicsChoice::Software;
        let table = [
            (None, WantedGraphics::Choice(choice), 0),
            (Some(" "), WantedGraphics::Choice(choice), 0),
            (Some("gl"), WantedGraphics::Apis(vec![OpenGl]), 0),
            (Some("VK, OpenGL"), WantedGraphics::Apis(vec![Vulkan, OpenGl]), 0),
            (Some("glide"), WantedGraphics::Choice(choice), 1),
            (Some("glide,vulkan"), WantedGraphics::Apis(vec![Vulkan]), 1),
        ];
        for (variable, wanted, unknown) in table {
            let (found, names) = WantedGraphics::of(variable, choice);
            assert_eq!((found, names.len()), (wanted, unknown), "{variable:?}");
        }
    }

    #[test]
    fn each_system_has_ways_and_the_processor_comes_last() {
        let ways = usual_ways();
        let first_software = ways.iter().position(|way| way.is_software).unwrap_or(ways.len());
        assert!(first_software > 0 && ways[first_software..].iter().all(|way| way.is_software));
        assert!(GraphicsChoice::all().contains(&GraphicsChoice::default()));
    }
}
