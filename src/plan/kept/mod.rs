//! The plates that the kept images of a run make: one for each step that is kept, in the form of an
//! ImageXpress plate, whatever microscope the source is of, as OME-TIFF, or as an OME-Zarr plate.
//!
//! The first form is read by the most programs: Stepwell, CellProfiler and scripts read its names, Bio-Formats (so
//! Fiji) and OpenHCS find the images by its HTD, and each file says by itself what it shows. An index of Harmony would
//! be of use to fewer, and would have to be rewritten with every combination to be true after a kill. Folders are those
//! of an export: `TimePoint_1` always, as OpenHCS takes nothing for a plate without, and the numbers of sites have as
//! many digits as the largest, as Bio-Formats sorts names as text. Bio-Formats finds images by counting, in the order
//! of an HTD; where that would find a wrong one (images that are missing, numbers with gaps, rows beyond Z, colour),
//! the HTD does not say how many planes there are, and Bio-Formats opens nothing by it. A component that has been assembled is left out of the names, as MetaXpress does for single images,
//! so that the images are read as images and not as projections kept apart. Where each image lies is in its own file;
//! an HTD has one grid of sites for all wells, which is called nominal where wells lie differently.
//!
//! As OME-Zarr, the folder has one plate of it, in which images are planes of arrays (see `zarr.rs`).
//!
//! Of OME-TIFF files each points to the companion that describes them all; they lie in one folder, as that
//! pointer is a name and no path. Deliberately absent: any IO.

mod expected;
mod grid;
mod layout;
mod made;
mod sources;
mod unplaced;
mod zarr;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

pub(crate) use expected::{ExpectedWells, expected_wells};
use grid::{SiteGrid, SiteGrids};
pub use layout::KeptLayout;
use layout::StepLayout;
pub(crate) use made::made;
pub use sources::WellSources;
pub(crate) use zarr::{Series, ZarrPlace, ZarrStore, well_path};

use super::{Plan, PlateFacts};
use crate::image::ImageFormat;
use crate::pipeline::PlacedKey;
use crate::plate::{
    Component, Described, DescribedChannel, Htd, ImageDescription, ImageKey, Naming, PixelSize, Property,
    Recording, SaveAs, WellId, ZARR_ENDING, pointer_to, safe_prefix, shown_colours,
};

/// Rows that are named by one letter: Bio-Formats knows no others.
const LETTERS: u16 = 26;

/// What the kept images of some wells have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptPlate {
    /// Name of the source.
    name: String,
    facts: PlateFacts,
    layout: KeptLayout,
    wells: BTreeSet<WellId>,
    /// The values of the components in the source images of the wells.
    values: BTreeMap<Component, BTreeSet<u32>>,
    grids: SiteGrids,
}

/// A step whose images are kept, as a plate.
#[derive(Debug)]
pub(crate) struct KeptStep<'a> {
    plate: &'a KeptPlate,
    /// Name of the step's folder in that of the run, with `/` between folders.
    pub folder: String,
    /// How its images are named in that folder.
    pub naming: Naming,
    /// Where they lie instead, where they are kept as OME-Zarr.
    pub zarr: Option<ZarrStore<'a>>,
    /// The components that steps have assembled.
    pub joined: BTreeSet<Component>,
    /// Pixels of the plate, a side, that a pixel of the images stands for.
    pixel_scale: f64,
    /// The file that says what is planned, named as the naming says. How many planes there are is said at the end.
    pub htd: Htd,
}

/// What of a step was saved, by its values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SavedValues {
    pub wells: BTreeSet<WellId>,
    /// Those of each component; 1 of one that a step has assembled.
    pub values: BTreeMap<Component, BTreeSet<u32>>,
    /// Sizes and types of the images.
    pub formats: HashSet<ImageFormat>,
}

impl SavedValues {
    /// Those of the images of a series.
    pub(crate) fn of_series(series: &Series) -> Self {
        let numbers = |component| (component, series.numbers(component).collect());
        Self { values: Component::ALL.map(numbers).into(), ..Self::default() }
    }

    /// Takes in those of an image.
    pub(crate) fn add(&mut self, key: ImageKey, format: ImageFormat) {
        self.wells.insert(key.well);
        self.formats.insert(format);
        for component in Component::ALL {
            self.values.entry(component).or_default().insert(key.get(component).unwrap_or(1));
        }
    }

    fn count(&self, component: Component) -> u32 {
        self.values.get(&component).map_or(0, |values| u32::try_from(values.len()).unwrap_or(u32::MAX))
    }
}

/// The kept steps of a run by their index.
pub(crate) type KeptSteps<'a> = BTreeMap<usize, KeptStep<'a>>;

impl KeptPlate {
    /// What the kept images of a whole plan have in common, as a layout has it.
    pub(crate) fn of(plan: &Plan, layout: &KeptLayout) -> Self {
        Self::of_wells(&plan.plate.name, &plan.facts, layout, &WellSources::of_plan(plan))
    }

    /// What the kept images of wells of a plate have in common.
    pub(crate) fn of_wells(
        name: &str,
        facts: &PlateFacts,
        layout: &KeptLayout,
        wells: &BTreeMap<WellId, WellSources>,
    ) -> Self {
        let mut values: BTreeMap<Component, BTreeSet<u32>> = BTreeMap::new();
        for (component, numbers) in wells.values().flat_map(|sources| &sources.values) {
            values.entry(*component).or_default().extend(numbers);
        }
        let sites = values.get(&Component::Site).cloned().unwrap_or_default();
        let placed = wells.iter().filter(|(_, sources)| !sources.sites.is_empty());
        let placed = placed.map(|(well, sources)| (*well, &sources.sites)).collect();
        let grids = SiteGrids::of(layout.whole.as_ref(), &sites, &placed);
        let wells = wells.iter().filter(|(_, sources)| !sources.values.is_empty()).map(|(well, _)| *well);
        let wells = wells.collect();
        Self { name: name.to_owned(), facts: facts.clone(), layout: layout.clone(), wells, values, grids }
    }

    /// The steps whose images are kept.
    pub(crate) fn steps(&self) -> KeptSteps<'_> {
        let steps = self.layout.steps.iter();
        steps.map(|(step_index, layout)| (*step_index, self.step(*step_index, layout))).collect()
    }

    fn step<'a>(&'a self, step_index: usize, layout: &'a StepLayout) -> KeptStep<'a> {
        let StepLayout { slug, makes_labels, joined, pixel_scale, series } = layout;
        let folder = format!("images/{}-{slug}", step_index + 1);
        let form = self.layout.form;
        let not_joined = |values: &BTreeMap<Component, BTreeSet<u32>>, component| -> BTreeSet<u32> {
            let values = values.get(&component).filter(|_| !joined.contains(&component));
            values.filter(|values| !values.is_empty()).cloned().unwrap_or_else(|| BTreeSet::from([1]))
        };
        let values = |component| not_joined(&self.values, component);
        let count = |component| u32::try_from(values(component).len()).ok();
        let of_plate = |component| not_joined(&self.layout.values, component);
        // Programs take 1 for what is not told.
        let in_name = |component| of_plate(component).iter().any(|value| *value != 1);
        let (sites, z) = (values(Component::Site), in_name(Component::Z));
        let in_folders = form == SaveAs::Tiff;
        let last_site = of_plate(Component::Site).last().copied().unwrap_or(1);
        let naming = Naming {
            prefix: safe_prefix(&self.name),
            is_ome: form == SaveAs::OmeTiff,
            site_digits: last_site.to_string().len(),
            in_folders,
            site: true,
            channel: true,
            z,
            timepoint: in_folders || in_name(Component::Timepoint),
        };
        let nominal = SiteGrid::nominal(sites.len());
        let known = self.grids.of_all.as_ref().filter(|grid| sites.len() > 1 && grid.fits_htd());
        let grid = known.unwrap_or(&nominal);
        let channel_name = |channel: u32| {
            let is_one_channel = !joined.contains(&Component::Channel);
            self.facts.channel_names.get(&channel).filter(|_| is_one_channel).cloned()
        };
        let htd = Htd {
            description: Some(format!("{}, processed by Stepwell", self.name)),
            shape: self.facts.shape,
            wells: self.wells.clone(),
            timepoints: count(Component::Timepoint),
            z_steps: None,
            is_grid_nominal: sites.len() > 1
                && !(self.grids.are_alike() && known.is_some_and(SiteGrid::is_in_reading_order)),
            site_grid: (grid.columns, grid.rows),
            sites: grid.places.values().copied().collect(),
            channels: values(Component::Channel).into_iter().map(|one| (one, channel_name(one))).collect(),
            pixel_size_um: self
                .facts
                .pixel_sizes
                .common()
                .and_then(PixelSize::side_um)
                .map(|um| um * pixel_scale),
            identifier: None,
        };
        let zarr = (form == SaveAs::OmeZarr).then(|| {
            let root = format!("{folder}/{}{ZARR_ENDING}", naming.prefix);
            ZarrStore::new(root, series, makes_labels.then_some(slug.as_str()))
        });
        let (joined, pixel_scale) = (joined.clone(), *pixel_scale);
        KeptStep { plate: self, folder, naming, zarr, joined, pixel_scale, htd }
    }
}

impl KeptStep<'_> {
    /// Path of an image in the run's folder, with `/` between folders.
    pub(crate) fn path(&self, key: ImageKey) -> String {
        format!("{}/{}", self.folder, self.naming.path(key))
    }

    /// Path of the HTD in the run's folder; `None` where the files are not named as those that an HTD is for.
    pub(crate) fn htd_path(&self) -> Option<String> {
        let has_htd = !self.naming.is_ome && self.zarr.is_none();
        has_htd.then(|| format!("{}/{}", self.folder, self.naming.htd_name()))
    }

    /// The HTD of what was saved in the end, of this many images. It opens where all is there and their places follow by
    /// counting.
    pub(crate) fn htd_of(&self, saved: &SavedValues, images: usize, is_whole: bool) -> Htd {
        let values = |component| saved.values.get(&component).into_iter().flatten().copied();
        let counts_from_1 = |component| values(component).eq(1..=saved.count(component));
        let is_planned =
            self.htd.wells == saved.wells && self.htd.channels.keys().copied().eq(values(Component::Channel));
        let all = Component::ALL.iter().map(|one| u64::from(saved.count(*one))).product::<u64>();
        let is_regular = is_whole
            && Component::ALL.into_iter().all(counts_from_1)
            && is_planned
            && saved.formats.len() == 1
            && saved.formats.iter().all(|format| format.samples == 1)
            && saved.wells.iter().all(|well| well.row < LETTERS)
            && images as u64 == all * saved.wells.len() as u64;
        Htd { z_steps: is_regular.then(|| saved.count(Component::Z)), ..self.htd.clone() }
    }

    /// What a companion says of images of such channels, planes and timepoints, all numbered from 1 where a step has
    /// assembled them.
    pub(crate) fn described<'a>(&'a self, companion: &'a str, saved: &SavedValues) -> Described<'a> {
        let KeptPlate { name, facts, .. } = self.plate;
        let is_of_channels = !self.joined.contains(&Component::Channel);
        let listed = |component| saved.values.get(&component).into_iter().flatten().copied();
        let numbers = listed(Component::Channel);
        let colours = match is_of_channels {
            true => shown_colours(numbers, &facts.channel_names, &facts.channel_colours),
            // The number of what was made of all channels is none of theirs.
            false => shown_colours(numbers, &BTreeMap::new(), &BTreeMap::new()),
        };
        let channel = |(number, colour): (u32, _)| DescribedChannel {
            number,
            name: facts.channel_names.get(&number).filter(|_| is_of_channels).map(String::as_str),
            colour,
            pixel_size: self.size_of(Some(number).filter(|_| is_of_channels)),
        };
        Described {
            name,
            companion,
            shape: facts.shape,
            microscope: facts.microscope.as_deref(),
            objective: facts.objective.as_deref(),
            channels: colours.into_iter().map(channel).collect(),
            planes: listed(Component::Z).collect(),
            timepoints: listed(Component::Timepoint).collect(),
        }
    }

    /// What the file of an image that lies there says of it.
    pub(crate) fn description(&self, image: PlacedKey, format: ImageFormat, recording: &Recording) -> String {
        let KeptPlate { name, facts, grids, .. } = self.plate;
        let PlacedKey { key, position } = image;
        if self.naming.is_ome {
            return pointer_to(&self.naming.companion_name(), name, &self.naming.path(key));
        }
        let cell = key.site.and_then(|site| grids.cell(key.well, site));
        // A site without a cell is not placed: its neighbours are, in cells that leave none for it.
        let place =
            position.filter(|_| key.site.is_none() || cell.is_some()).map(|position| (position, cell));
        let channel_name = key.channel.and_then(|channel| facts.channel_names.get(&channel));
        let pixel_size = self.pixel_size(key);
        let channel_name = channel_name.map(String::as_str);
        let objective = facts.objective.as_deref();
        let objective =
            objective.map(|value| Property { element: "prop", id: "_MagSetting_", kind: "string", value });
        ImageDescription { key, format, channel_name, pixel_size, place }
            .text("Stepwell", &recording.properties().chain(objective).collect::<Vec<_>>())
    }

    /// Size of a pixel of an image, where known.
    pub(crate) fn pixel_size(&self, key: ImageKey) -> Option<PixelSize> {
        self.size_of(key.channel)
    }

    fn size_of(&self, channel: Option<u32>) -> Option<PixelSize> {
        self.plate.facts.pixel_sizes.of(channel).map(|size| size.scaled(self.pixel_scale))
    }
}
